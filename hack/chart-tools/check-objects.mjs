// Checks rendered Kubernetes objects: node check-objects.mjs FILE...; prints every mistake and exits 1.
// Strictly, unknown fields too, against the OpenAPI document that kubectl's own tests carry (artifacts/tools/swagger.json, of about
// 1.20: what it knows, every version since knows); types and required fields also against the oldest supported version (1.27) and
// the newest whose types can be had (1.36).
import { createRequire } from 'node:module';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';
import Ajv from 'ajv';
import { parseAllDocuments } from 'yaml';

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

// Fields that came after that document, and before 1.27.
const later = { 'io.k8s.api.core.v1.ServiceSpec': { internalTrafficPolicy: { type: 'string' } } };

// Custom resources have no schema here: their operators check them.
const custom = ['monitoring.coreos.com/v1', 'security.openshift.io/v1'];

function strictValidators() {
  const { definitions } = JSON.parse(readFileSync(join(here, '../../artifacts/tools/swagger.json'), 'utf8'));
  const byKind = new Map();
  for (const [name, definition] of Object.entries(definitions)) {
    Object.assign(definition.properties ?? {}, later[name]);
    if (definition.properties && !definition.additionalProperties) definition.additionalProperties = false;
    // int-or-string and quantities are declared as strings.
    if (definition.format === 'int-or-string' || name.endsWith('.api.resource.Quantity')) definition.type = ['string', 'integer', 'number'];
    for (const { group, kind, version } of definition['x-kubernetes-group-version-kind'] ?? []) {
      byKind.set(`${group ? `${group}/` : ''}${version} ${kind}`, name);
    }
  }
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: 'kubernetes', definitions });
  return (apiVersion, kind) => {
    const name = byKind.get(`${apiVersion} ${kind}`);
    return name && ajv.getSchema(`kubernetes#/definitions/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  };
}

// kubernetes-models has one compiled validator a definition, named like IoK8sApiAppsV1DaemonSet.
async function typeValidators(packageName) {
  const root = dirname(require.resolve(`${packageName}/package.json`));
  const names = readdirSync(join(root, '_schemas'));
  return async (apiVersion, kind) => {
    const parts = apiVersion.split('/');
    const version = parts.at(-1)[0].toUpperCase() + parts.at(-1).slice(1);
    const group = parts.length === 1 ? 'Core' : parts[0].split('.')[0];
    const wanted = `IoK8sApi${group[0].toUpperCase()}${group.slice(1)}${version}${kind}`;
    const file = [`${wanted}.mjs`, `${wanted}.js`].find((name) => names.includes(name));
    return file && (await import(join(root, '_schemas', file))).validate;
  };
}

const swagger = join(here, '../../artifacts/tools/swagger.json');
if (!existsSync(swagger)) throw new Error(`${swagger} is not there; run hack/chart-tools/install.sh`);
const versions = {
  'strict, 1.20': strictValidators(),
  'oldest, 1.27': await typeValidators('kubernetes-oldest'),
  'newest, 1.36': await typeValidators('kubernetes-newest'),
};

let mistakes = 0;
let checked = 0;
const say = (text) => { mistakes++; console.log(text); };
for (const file of process.argv.slice(2)) {
  for (const document of parseAllDocuments(readFileSync(file, 'utf8'))) {
    document.errors.forEach((error) => say(`${file}: ${error.message}`));
    const object = document.toJS();
    if (!object) continue;
    const { apiVersion, kind } = object;
    if (custom.includes(apiVersion)) continue;
    for (const [version, find] of Object.entries(versions)) {
      const validate = await find(apiVersion, kind);
      const where = `${file}: ${kind} ${object.metadata?.name} (${version})`;
      if (!validate) {
        say(`${where}: unknown kind of ${apiVersion}`);
      } else if (!validate(object)) {
        validate.errors.forEach((e) => say(`${where}: ${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`));
      }
      checked++;
    }
  }
}
console.log(`${checked} checks, ${mistakes} mistakes`);
process.exit(mistakes === 0 && checked > 0 ? 0 : 1);
