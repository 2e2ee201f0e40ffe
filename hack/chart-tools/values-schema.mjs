// Prints charts/collector/values.schema.json: the chart's own keys, and under config, store and output the agent's schema.
// Draft 7, because Helm 3 knows no later one.
import { readFileSync } from 'node:fs';

const agent = JSON.parse(
  readFileSync(new URL('../../src/Collector/Configuration/collector.schema.json', import.meta.url), 'utf8')
    .replaceAll('#/$defs/', '#/definitions/'));

const string = { type: 'string' };
const boolean = { type: 'boolean' };
const integer = { type: 'integer', minimum: 0 };
const strings = { type: 'object', additionalProperties: { type: ['string', 'boolean', 'number'] } };
const texts = { type: 'object', additionalProperties: string };
// What Kubernetes itself checks is handed on as it is.
const any = { type: 'object' };
const list = { type: 'array', items: { type: 'object' } };
const oneOf = (...values) => ({ enum: values });
const optional = (schema) => ({ ...schema, type: [schema.type, 'null'] });
const keys = (properties) => ({ type: 'object', additionalProperties: false, properties });
const probe = keys({
  initialDelaySeconds: integer, periodSeconds: integer, timeoutSeconds: integer, failureThreshold: integer, successThreshold: integer,
});

const monitor = keys({
  create: boolean, namespace: string, interval: string, scrapeTimeout: string, labels: strings, relabelings: list, metricRelabelings: list,
});

// A template of the chart checks keyPrefix, and says from where on it is wrong.
for (const alternative of agent.properties.outputs.items.properties.keyPrefix.anyOf) delete alternative.pattern;

// config: the chart adds what is missing, so nothing is required at its top.
const { sources, outputs } = agent.properties;
const config = keys(agent.properties);

// store and output: the parts of one output. The store's type may follow from the cloud.
const { store, ...rest } = outputs.items.properties;
const stores = store.oneOf.map((variant) => ({ ...variant, required: variant.required.filter((key) => key !== 'type') }));

// A store is checked as the one that its type or the cloud names: of a typing error nothing is said for the others.
const typeOf = (variant) => variant.properties.type.const;
const clouds = { s3: 'aws', azureBlob: 'azure', gcs: 'gcp' };
const types = stores.map(typeOf);
const storeByType = {
  type: 'object',
  properties: { type: oneOf(...types) },
  allOf: stores.map((variant) => ({ if: { required: ['type'], properties: { type: { const: typeOf(variant) } } }, then: variant })),
};
const untyped = { type: 'object', minProperties: 1, not: { required: ['type'] } };
const checksOfStores = [
  ...stores.filter((variant) => clouds[typeOf(variant)]).map((variant) => ({
    if: { required: ['cloud', 'store'], properties: { cloud: { const: clouds[typeOf(variant)] }, store: untyped } },
    then: { properties: { store: variant } },
  })),
  { if: { properties: { cloud: { const: '' }, store: untyped }, required: ['store'] }, then: { properties: { store: { anyOf: stores } } } },
];

// One pattern in place of two, so that a wrong text is told once.
function merge(schema) {
  if (Array.isArray(schema)) return schema.map(merge);
  if (schema === null || typeof schema !== 'object') return schema;
  const { anyOf, ...others } = schema;
  if (anyOf?.length === 2 && anyOf[0].pattern && anyOf[1].$ref === '#/definitions/variable')
    return { ...others, ...anyOf[0], pattern: `${anyOf[0].pattern}|${agent.$defs.variable.pattern}` };
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, merge(value)]));
}

const values = {
  enabled: boolean,
  global: any,
  cloud: oneOf('', 'aws', 'azure', 'gcp'),
  store: storeByType,
  storeByCloud: keys({ aws: texts, azure: texts, gcp: texts }),
  output: keys(rest),
  config,
  existingConfigMap: string,
  dataDir: keys({ type: oneOf('hostPath', 'emptyDir') }),
  namespaceOverride: string,
  identity: keys({
    webhook: boolean, audience: string, tokenExpirationSeconds: { type: 'integer', minimum: 600 },
    gcpProvider: { type: 'string', pattern: '^(projects/.+/locations/.+/workloadIdentityPools/.+/providers/.+)?$' },
  }),
  nameOverride: string,
  fullnameOverride: string,
  commonLabels: strings,
  image: keys({
    repository: string, tag: string, digest: { type: 'string', pattern: '^(sha256:[0-9a-f]{64})?$' },
    pullPolicy: oneOf('Always', 'IfNotPresent', 'Never'),
  }),
  imagePullSecrets: list,
  serviceAccount: keys({ create: boolean, name: string, annotations: strings, labels: strings }),
  rbac: keys({ create: boolean, extraRules: list }),
  annotations: strings,
  podLabels: strings,
  additionalPodLabels: strings,
  podAnnotations: strings,
  priorityClassName: string,
  resourceQuota: keys({ create: optional(boolean) }),
  tolerations: list,
  nodeSelector: strings,
  affinity: any,
  updateStrategy: any,
  minReadySeconds: integer,
  revisionHistoryLimit: integer,
  terminationGracePeriodSeconds: optional(integer),
  hostNetwork: boolean,
  dnsPolicy: oneOf('', 'ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'),
  dnsConfig: any,
  hostAliases: list,
  resources: any,
  nonRoot: boolean,
  prepareDataDir: boolean,
  securityContext: any,
  podSecurityContext: any,
  openshift: keys({ enabled: boolean, priority: integer }),
  args: { type: 'array', items: string },
  lifecycle: any,
  initContainers: list,
  extraContainers: list,
  hostPaths: keys({ varLog: { type: 'string', pattern: '^/' }, dockerContainers: { type: 'string', pattern: '^(/|$)' } }),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  extraEnv: list,
  env: list,
  extraEnvFrom: list,
  extraVolumes: list,
  extraVolumeMounts: list,
  extraObjects: { type: 'array', items: { type: ['object', 'string'] } },
  service: keys({ create: boolean, annotations: strings, labels: strings }),
  podMonitor: monitor,
  serviceMonitor: monitor,
  prometheusRule: keys({ create: boolean, namespace: string, labels: strings, disabled: { type: 'array', items: string }, runbookUrl: string }),
  dashboard: keys({ create: boolean, labels: strings, annotations: strings }),
  networkPolicy: keys({ create: boolean, ingressFrom: list, extraEgress: list }),
  tests: keys({ timeoutSeconds: optional(integer) }),
};

if (!sources || !store || !agent.$defs.variable) throw new Error('the agent\'s schema has another form than this script knows');
const schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Values of the chart collector',
  ...merge(keys(values)),
  allOf: merge(checksOfStores),
  definitions: agent.$defs,
};
process.stdout.write(JSON.stringify(schema, null, 2) + '\n');
