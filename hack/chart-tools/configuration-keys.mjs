// Prints deploy/docs/configuration-keys.md: every key of the configuration with its type, default, meaning and an example, from
// src/Collector/Configuration/collector.schema.json. Run by hack/render.sh.
import { readFileSync } from 'node:fs';

// "null" beside a type is a key that is left empty, which is the same as no key.
const schema = JSON.parse(readFileSync('src/Collector/Configuration/collector.schema.json', 'utf8'), (key, read) =>
  key === 'type' && Array.isArray(read) && read.length === 2 && read[1] === 'null' ? read[0] : read);
const rows = [];

/** Follows a reference, and takes the one meant of the alternatives "a value, or a variable". */
function resolve(node) {
  if (node.$ref) return { ...schema.$defs[node.$ref.split('/').pop()], ...node, $ref: undefined };
  const real = (node.anyOf ?? []).filter((n) => n.$ref !== '#/$defs/variable');
  return real.length === 1 ? { ...resolve(real[0]), ...node, anyOf: undefined } : node;
}

/** What a person calls it. */
function typeOf(node) {
  if (node.const !== undefined) return `\`${node.const}\``;
  if (node.enum) return node.enum.filter((v) => v !== '').map((v) => `\`${v}\``).join(', ');
  if (node.type === 'array') {
    const item = typeOf(resolve(node.items ?? {}));
    return item.startsWith('`') ? `list of: ${item}` : `list of ${item}s`;
  }
  if (node.type === 'object') return 'map';
  const alternatives = (node.anyOf ?? node.oneOf ?? []).filter((n) => n.$ref !== '#/$defs/variable').map((n) => typeOf(resolve(n)));
  if (alternatives.length > 0) return [...new Set(alternatives)].join(' or ');
  if (node.type === 'boolean') return '`true`, `false`';
  if (node.type === 'integer' || node.type === 'number') return 'number';
  const pattern = node.pattern ?? '';
  return /\[0-9\]\+ms/.test(pattern) ? 'duration' : /[KM]i?B|kB/.test(pattern) ? 'size' : /%\$/.test(pattern) ? 'size or share' : 'string';
}

const cell = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ');
const value = (v) => (v === undefined ? '' : v === '' ? 'empty' : `\`${typeof v === 'string' ? v : JSON.stringify(v)}\``);

/** As it stands in a file: a text that YAML would read as something else is in quotes. */
const written = (v) => value(typeof v === 'string' && /^["'%&*@!|>{}[\]`?-]|: | #/.test(v) ? `'${v}'` : v);

/** What a node has keys of its own in: itself, or each kind of it. */
function nested(node) {
  const inner = node.type === 'array' && node.items ? resolve(node.items) : node;
  return inner.properties ? [inner] : (inner.oneOf ?? []).map(resolve).filter((n) => n.properties);
}

function walk(path, title, node, required) {
  node = resolve(node);
  const below = nested(node);
  if (below.length === 0) {
    rows.push({ path, type: typeOf(node), default: required ? '**required**' : value(node.default), example: written(node.examples?.[0]), text: node.description ?? '' });
    return;
  }
  for (const one of below) {
    const kind = one.properties.type?.const;
    const suffix = node.type === 'array' ? '[]' : '';
    const heading = `${title}${suffix}${kind ? ` with type: ${kind}` : ''}`;
    rows.push({ section: heading, text: (kind && one.properties.type.description) || node.description });
    const children = Object.entries(one.properties).filter(([name, child]) => !(name === 'type' && child.const));
    // What has keys of its own is a section of its own, behind the keys of this one.
    children.sort(([, a], [, b]) => (nested(resolve(a)).length > 0) - (nested(resolve(b)).length > 0));
    for (const [name, child] of children) {
      walk(`${path}${suffix}.${name}`, kind ? `${heading}: ${name}` : `${heading}.${name}`, child, (one.required ?? []).includes(name));
    }
  }
}

for (const [name, child] of Object.entries(schema.properties)) walk(name, name, child, (schema.required ?? []).includes(name));

const out = [
  '<!-- Made by hack/render.sh from src/Collector/Configuration/collector.schema.json: change the descriptions and examples where the keys are declared. -->',
  '# Every key of the configuration',
  '',
  'A duration is written `250ms`, `5s`, `1m30s`, `2h`; a size `512kB`, `48MB`, `1GiB`. `${VAR}` and `${VAR:-default}` may stand in every value.',
];
let open = false;
let last = '';
for (const row of rows) {
  if (row.section !== undefined) {
    out.push('', `## ${row.section}`, '');
    if (row.text) out.push(row.text, '');
    open = false;
    last = row.section;
    continue;
  }
  if (last === '') {
    last = 'Top level';
    out.push('', `## ${last}`, '');
  }
  if (!open) out.push('| key | type | default | example | meaning |', '|---|---|---|---|---|');
  open = true;
  out.push(`| \`${row.path}\` | ${cell(row.type)} | ${cell(row.default)} | ${cell(row.example)} | ${cell(row.text)} |`);
}
console.log(out.join('\n'));
