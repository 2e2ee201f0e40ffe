// Prints deploy/docs/pipeline.svg: the way of a line from a container to the store and back. Run by hack/render.sh. Colours follow
// the reader's scheme, so that the picture is readable on a light and on a dark page.
const steps = [
  ['container', 'writes a line'],
  ['log file', 'rotated by kubelet'],
  ['tail', 'which file is this?'],
  ['records', 'joined, pod metadata'],
  ['buffer', 'record + source range, one frame, fsync'],
  ['object', 'sealed once: key, bytes, checksum'],
  ['store', 'created only if absent'],
];
const back = [
  ['catalog', 'what was stored, or lost and why'],
  ['collector logs', 'a dead pod, read back'],
];

const [width, height, gap, left] = [122, 70, 14, 10];
const xOf = (i) => left + i * (width + gap);
const total = xOf(steps.length) - gap + left;

/** Words on lines of about twenty characters. */
function wrap(text) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    if (lines[last].length + word.length > 20) lines.push(word);
    else lines[last] = `${lines[last]} ${word}`.trim();
  }
  return lines;
}

function box(x, y, [title, text], kind) {
  const lines = wrap(text).map((line, i) => `<text class="t" x="${x + width / 2}" y="${y + 36 + i * 13}">${line}</text>`);
  return [`<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>`, `<text class="h" x="${x + width / 2}" y="${y + 20}">${title}</text>`, ...lines];
}

const arrow = (x1, y1, x2, y2) => `<line class="a" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" marker-end="url(#tip)"/>`;
const out = [];
steps.forEach((step, i) => {
  out.push(...box(xOf(i), 30, step, i >= 2 && i <= 5 ? 'own' : 'their'));
  if (i > 0) out.push(arrow(xOf(i) - gap + 1, 65, xOf(i) - 2, 65));
});
const storeX = xOf(6);
out.push(...box(xOf(4), 130, back[0], 'own'), ...box(xOf(2), 130, back[1], 'own'));
out.push(arrow(xOf(4) + width, 165, storeX + 30, 102));
out.push(`<polyline class="a" points="${storeX + 70},100 ${storeX + 70},215 ${xOf(2) + 60},215 ${xOf(2) + 60},202" marker-end="url(#tip)"/>`);
out.push(`<text class="n" x="${xOf(2)}" y="20">the agent, one a node: what has not reached the buffer is read again, what has reached it survives kill -9 and power loss</text>`);

console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total} 224" role="img" aria-label="The way of a line: container, log file, tail, records, buffer, object, store; the catalog tells what was stored; collector logs reads it back">
<style>
text{font-family:system-ui,sans-serif;text-anchor:middle;fill:#24292f}
.h{font-size:13px;font-weight:600}.t{font-size:10.5px}.n{font-size:11px;text-anchor:start;font-style:italic}
rect{stroke:#57606a;fill:#f6f8fa}.own{fill:#ddf4ff;stroke:#0969da}.a{stroke:#57606a;fill:none;stroke-width:1.4}.m{fill:#57606a}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}rect{stroke:#8b949e;fill:#161b22}.own{fill:#0c2d6b;stroke:#58a6ff}.a{stroke:#8b949e}.m{fill:#8b949e}}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="m" d="M0,0 L8,4 L0,8 z"/></marker></defs>
${out.join('\n')}
</svg>`);
