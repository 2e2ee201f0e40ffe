// Prints charts/collector/VALUES.md: every value of the chart with its default, and what its comment in values.yaml says ("# -- " and
// the lines that go on). Run by hack/render.sh.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const text = readFileSync('charts/collector/values.yaml', 'utf8');
const values = parse(text);
const comments = new Map();
let pending = [];
const path = [];
for (const line of text.split('\n')) {
  const comment = line.match(/^\s*# (--\s)?(.*)$/);
  if (comment) {
    if (comment[1]) pending = [comment[2]];
    else if (pending.length > 0) pending.push(comment[2]);
    continue;
  }
  const key = line.match(/^(\s*)([A-Za-z]+):/);
  if (key && key[1].length % 2 === 0) {
    path.length = key[1].length / 2;
    path.push(key[2]);
    if (pending.length > 0) comments.set(path.join('.'), pending.join(' '));
  }
  pending = [];
}

const cell = (value) => value.replaceAll('|', '\\|');
const rows = [];
function walk(prefix, node) {
  for (const [name, value] of Object.entries(node)) {
    const at = prefix ? `${prefix}.${name}` : name;
    const isMap = value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 0;
    const isTold = [...comments.keys()].some((known) => known.startsWith(`${at}.`));
    if (isMap && (isTold || !comments.has(at))) {
      if (comments.has(at)) rows.push(`| \`${at}\` | | ${cell(comments.get(at))} |`);
      walk(at, value);
    } else {
      rows.push(`| \`${at}\` | \`${cell(JSON.stringify(value))}\` | ${cell(comments.get(at) ?? '')} |`);
    }
  }
}
walk('', values);
for (const known of comments.keys()) {
  if (!rows.some((row) => row.startsWith(`| \`${known}\``))) throw new Error(`the comment of ${known} in values.yaml belongs to no value`);
}

console.log(`<!-- Made by hack/render.sh from values.yaml: change the comments there. -->
# Values of the chart

What stands under \`config\`, \`store\` and \`output\` is the agent's configuration: [every key of it](../../deploy/docs/configuration-keys.md).

| value | default | is |
|---|---|---|
${rows.join('\n')}`);
