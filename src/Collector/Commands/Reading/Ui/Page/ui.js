// The page of collector ui (../DESIGN.md). Text of logs goes into the document as text, through show() and textContent, and in no other way.
'use strict';

const $ = id => document.getElementById(id);
const count = new Intl.NumberFormat('en');
const many = (number, thing) => `${count.format(number)} ${thing}${number === 1 ? '' : 's'}`;

// ---- The state: all that is seen, in the URL's fragment.

const NAMES = ['namespace', 'pod', 'container', 'selector', 'stream', 'previous', 'all-restarts', 'since', 'since-time', 'until', 'until-time', 'tail',
  'grep', 're', 'ignore-case', 'where', 'context', 'follow', 'wrap', 'line'];
let state = {};

function read() {
  const given = new URLSearchParams(location.hash.slice(1));
  state = {};
  for (const name of NAMES) if (given.get(name)) state[name] = given.get(name);
}

function linkTo(changes) {
  const next = { ...state, ...changes };
  return '#' + new URLSearchParams(NAMES.filter(name => next[name]).map(name => [name, next[name]]));
}

/** Another view: a line that was linked is none of it any more. */
function go(changes) {
  const link = linkTo({ line: '', ...changes });
  if (link === location.hash) showLines();
  else location.hash = link;
}

// ---- Asking.

/** Gives each object of an answer to `take`; resolves at its end. Throws what the server says against it. */
async function ask(path, query, signal, take) {
  const response = await fetch(`${path}?${new URLSearchParams(query)}`, { signal, credentials: 'same-origin' });
  if (response.status === 401) {
    if (!$('login').open) $('login').showModal();
    throw new Error('The token is missing.');
  }
  if (!response.ok) throw new Error((await response.text()).trim() || `The server answers ${response.status}.`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '', isWhole = false;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    // Only what is new is searched: a line may come in hundreds of pieces.
    let at = rest.length, from = 0;
    rest += value;
    while ((at = rest.indexOf('\n', at)) >= 0) {
      const item = JSON.parse(rest.slice(from, at));
      isWhole = isWhole || 'end' in item;
      if (item.error) throw new Error(item.error);
      take(item);
      from = ++at;
    }
    rest = rest.slice(from);
  }
  if (!isWhole) throw new Error('The answer was cut: the server has gone, or reads no more.');
}

$('login-form').addEventListener('submit', async event => {
  event.preventDefault();
  const response = await fetch('/api/session', { headers: { Authorization: `Bearer ${$('token').value}` } });
  $('token').value = '';
  $('login-state').textContent = response.ok ? '' : 'That is not it.';
  if (response.ok) {
    $('login').close();
    listPods();
    showLines();
  }
});

// ---- Lines, kept compactly: strings beside typed arrays.

const MOST_LINES = 200_000;
const WIDEST = 4000; // characters of a row; an opened one has all
const LEVEL = /"(?:level|severity|lvl|loglevel|log\.level)"\s*:\s*(?:"([A-Za-z]+)"|(\d+))/;
const LEVELS = { trace: 1, verbose: 1, debug: 2, info: 3, information: 3, notice: 3, warn: 4, warning: 4, error: 5, err: 5, severe: 5, fatal: 6, critical: 6, panic: 6, alert: 6, emergency: 6, 10: 1, 20: 2, 30: 3, 40: 4, 50: 5, 60: 6 };

const lines = {
  count: 0, texts: [], sources: [], marks: new Map(), opened: new Set(),
  source: new Uint32Array(1024), ms: new Float64Array(1024), rest: new Int32Array(1024), flags: new Uint8Array(1024), level: new Uint8Array(1024),
  clear() {
    this.count = 0;
    this.texts = [];
    this.sources = [];
    this.marks.clear();
    this.opened.clear();
  },
  add(item, sources) {
    if (this.count === this.ms.length)
      for (const name of ['source', 'ms', 'rest', 'flags', 'level']) {
        const grown = new this[name].constructor(this.count * 2);
        grown.set(this[name]);
        this[name] = grown;
      }
    const i = this.count++;
    this.texts.push(item.l);
    this.source[i] = sources[item.s];
    this.ms[i] = item.t ? Number(item.t.slice(0, -6)) : NaN;
    this.rest[i] = item.t ? Number(item.t.slice(-6)) : 0;
    this.flags[i] = (item.e ? 1 : 0) | (item.c ? 2 : 0) | (item.g ? 4 : 0);
    this.level[i] = levelOf(item.l);
    if (item.m?.length) this.marks.set(i, item.m);
  },
  /** In nanoseconds, as text; empty when nothing says it. */
  nanoseconds(i) { return Number.isNaN(this.ms[i]) ? '' : `${this.ms[i]}${String(this.rest[i]).padStart(6, '0')}`; },
  time(i) { return Number.isNaN(this.ms[i]) ? '' : new Date(this.ms[i]).toISOString().slice(0, -1) + String(this.rest[i]).padStart(6, '0') + 'Z'; },
  whose(i) { return this.sources[this.source[i]]; },
  /** Names a line whatever object it is in: when, whose, and what it says. */
  id(i) {
    const { namespace, pod, container } = this.whose(i);
    return `${this.nanoseconds(i) || 0}.${hash(`${namespace}/${pod}/${container}\n${this.texts[i]}`).toString(16)}`;
  },
};

function levelOf(text) {
  const found = text[0] === '{' && LEVEL.exec(text.slice(0, 2048));
  return found ? LEVELS[(found[1] ?? found[2]).toLowerCase()] ?? 0 : 0;
}

/** FNV-1a, 32 bits. */
function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

// ---- Text of logs, as text.

// Colours of terminals; then what would move, hide or turn round text: controls, and marks of direction.
const SPECIAL = /\x1b\[([0-9;]*)m|[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g;
const MOST_SPECIAL = 300; // of a row: each is an element

/** Appends text with its colours and marks ([start, length, …]) to an element. */
function show(to, text, marks = []) {
  let at = 0, colour = '', seen = 0;
  const put = (part, name, tag = 'span') => {
    if (!part) return;
    if (!name && tag === 'span') return void to.append(part);
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = part;
    to.append(element);
  };
  const plain = (from, end) => {
    for (let i = 0; i < marks.length && from < end; i += 2) {
      const start = Math.max(from, marks[i]), stop = Math.min(end, marks[i] + marks[i + 1]);
      if (stop <= start) continue;
      put(text.slice(from, start), colour);
      put(text.slice(start, stop), colour, 'mark');
      from = stop;
    }
    put(text.slice(from, end), colour);
  };
  for (const found of text.matchAll(SPECIAL)) {
    if (++seen > MOST_SPECIAL) break;
    plain(at, found.index);
    if (found[1] === undefined) put(nameOf(found[0]), 'control');
    else colour = colourOf(colour, found[1]);
    at = found.index + found[0].length;
  }
  if (seen > MOST_SPECIAL) put(text.slice(at).replace(SPECIAL, '·'), colour);
  else plain(at, text.length);
}

function nameOf(controls) {
  return [...controls].slice(0, 20).map(c => c.charCodeAt(0) < 0x100 ? '\\x' + c.charCodeAt(0).toString(16).padStart(2, '0') : 'U+' + c.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')).join(' ');
}

function colourOf(before, codes) {
  let [bold, colour] = [before.includes('bold'), /a\d+/.exec(before)?.[0] ?? ''];
  for (const code of codes.split(';').map(Number)) {
    if (code === 0) [bold, colour] = [false, ''];
    else if (code === 1) bold = true;
    else if (code === 39) colour = '';
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97)) colour = `a${code}`;
  }
  return `${bold ? 'bold ' : ''}${colour}`.trim();
}

/** JSON with a line for each value: the text itself, so that no number is rounded. Null when it is none. */
function indented(text) {
  try {
    const parsed = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return null;
  } catch {
    return null;
  }
  let out = '', depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g)) {
    const indent = () => '\n' + '  '.repeat(Math.min(depth, 50));
    if (token === '{' || token === '[') (depth++, out += token + indent());
    else if (token === '}' || token === ']') (depth--, out = out.trimEnd(), out += (/[{[]$/.test(out) ? '' : indent()) + token);
    else if (token === ',') out += token + indent();
    else out += token === ':' ? ': ' : token;
  }
  return out;
}

// ---- Rows: only those in view are in the document. Heights are guessed until a row is measured.

const ROW = 18;
const SPARE = 10; // rows above and below the view
const list = $('lines'), rows = $('rows');
const heights = {
  sums: new Float64Array(1025), size: 0, each: new Float64Array(1024), // a Fenwick tree
  reset(size) {
    const room = Math.max(1024, 2 ** Math.ceil(Math.log2(size + 1)));
    if (this.each.length < room || size === 0) [this.each, this.sums] = [new Float64Array(room), new Float64Array(room + 1)];
    this.each.fill(0);
    this.sums.fill(0);
    this.size = size;
    for (let i = 0; i < size; i++) this.each[i] = ROW;
    for (let i = 1; i <= this.each.length; i++) {
      this.sums[i] += this.each[i - 1];
      const up = i + (i & -i);
      if (up <= this.each.length) this.sums[up] += this.sums[i];
    }
  },
  grow(size) {
    if (size > this.each.length) {
      const measured = this.each.slice(0, this.size), before = this.size;
      this.reset(size);
      for (let i = 0; i < before; i++) if (measured[i] !== ROW) this.set(i, measured[i]);
    } else {
      for (let i = this.size; i < size; i++) this.set(i, ROW);
      this.size = size;
    }
  },
  set(i, height) {
    const change = height - this.each[i];
    if (change === 0) return;
    this.each[i] = height;
    for (let at = i + 1; at <= this.each.length; at += at & -at) this.sums[at] += change;
  },
  above(i) {
    let sum = 0;
    for (let at = i; at > 0; at -= at & -at) sum += this.sums[at];
    return sum;
  },
  /** The row at so many pixels. */
  at(y) {
    let i = 0;
    for (let step = this.each.length; step > 0; step >>= 1)
      if (i + step <= this.each.length && this.sums[i + step] <= y) {
        i += step;
        y -= this.sums[i];
      }
    return Math.min(i, Math.max(0, this.size - 1));
  },
};

let shown = new Map(); // row number -> element
let at = -1; // the line that keys move
let linked = -1;
let isQueued = false;

function queue() {
  if (isQueued) return;
  isQueued = true;
  requestAnimationFrame(() => {
    isQueued = false;
    render();
  });
}

function render(tries = 3) {
  if (heights.size !== lines.count) heights.grow(lines.count);
  const top = list.scrollTop, bottom = top + list.clientHeight;
  const anchor = heights.at(top);
  const first = Math.max(0, anchor - SPARE), next = new Map();
  let y = heights.above(first);
  const start = y;
  for (let i = first, spare = SPARE; i < lines.count && spare > 0; i++) {
    next.set(i, shown.get(i) ?? rowOf(i));
    y += heights.each[i];
    if (y > bottom) spare--;
  }
  shown = next;
  $('space').style.height = `${heights.above(lines.count)}px`;
  rows.style.transform = `translateY(${start}px)`;
  rows.replaceChildren(...shown.values());
  list.setAttribute('aria-rowcount', lines.count);

  // What is measured otherwise than guessed above the view would move the view.
  let [moved, hasChanged] = [0, false];
  for (const [i, row] of shown) {
    const height = row.offsetHeight, change = height - heights.each[i];
    if (change === 0) continue;
    hasChanged = true;
    if (i < anchor) moved += change;
    heights.set(i, height);
  }
  if (!hasChanged) return;
  $('space').style.height = `${heights.above(lines.count)}px`;
  if (moved !== 0) list.scrollTop = top + moved;
  if (tries > 0) render(tries - 1);
}

function redraw(...which) {
  for (const i of which) shown.delete(i);
  queue();
}

function rowOf(i) {
  const row = document.createElement('div'), line = document.createElement('div'), flags = lines.flags[i], whose = lines.whose(i);
  row.id = `row-${i}`;
  row.dataset.row = i;
  row.setAttribute('role', 'row');
  row.setAttribute('aria-rowindex', i + 1);
  row.className = `row level${lines.level[i]}${i === at ? ' is-at' : ''}${i === linked ? ' is-linked' : ''}${flags & 2 ? ' context' : ''}${flags & 4 ? ' gap' : ''}`;
  line.className = 'line';
  line.setAttribute('role', 'presentation');
  const time = document.createElement('a');
  time.className = 'time';
  time.href = linkTo({ line: lines.id(i), follow: '' });
  time.title = `${lines.time(i)} — a link to this line`;
  time.textContent = lines.time(i).slice(isOneDay ? 11 : 5, 23).replace('T', ' ') || '—';
  time.tabIndex = -1;
  line.append(cell(time));
  if (lines.sources.length > 1) {
    const name = document.createElement('span');
    name.className = `whose c${hash(`${whose.pod}/${whose.container}`) % 8}`;
    name.textContent = `${state.namespace ? '' : whose.namespace + '/'}${whose.pod}/${whose.container}`;
    line.append(cell(name));
  }
  const text = document.createElement('span'), whole = lines.texts[i];
  text.className = 'text';
  show(text, whole.slice(0, WIDEST), lines.marks.get(i));
  line.append(cell(text));
  if (whole.length > WIDEST) {
    const more = document.createElement('span');
    more.className = 'more';
    more.textContent = `… ${count.format(whole.length)} characters (Enter)`;
    line.append(more);
  }
  row.append(line);
  if (lines.opened.has(i)) row.append(openedOf(i));
  return row;
}

function cell(element) {
  element.setAttribute('role', 'gridcell');
  return element;
}

function openedOf(i) {
  const box = document.createElement('div'), facts = document.createElement('dl'), text = document.createElement('pre'), whose = lines.whose(i);
  box.className = 'open';
  const told = [['time', lines.time(i)], ['namespace', whose.namespace], ['pod', whose.pod], ['container', whose.container], ['stream', lines.flags[i] & 1 ? 'stderr' : ''],
    ['owner', whose.owner], ['restarts', whose.restarts], ['uid', whose.uid], ['labels', Object.entries(whose.labels ?? {}).map(([label, value]) => `${label}=${value}`).join(' ')]];
  for (const [name, value] of told) {
    if (value === undefined || value === '') continue;
    const term = document.createElement('dt'), fact = document.createElement('dd');
    term.textContent = name;
    show(fact, String(value));
    facts.append(term, fact);
  }
  const json = indented(lines.texts[i]);
  text.className = json ? 'json' : 'whole';
  for (const part of (json ?? lines.texts[i]).split('\n')) {
    show(text, part);
    text.append('\n');
  }
  box.append(facts, text);
  return box;
}

function toggle(i) {
  if (!lines.opened.delete(i)) lines.opened.add(i);
  redraw(i);
}

function moveTo(i) {
  if (lines.count === 0) return;
  const before = at;
  at = Math.max(0, Math.min(lines.count - 1, i));
  if (heights.size !== lines.count) heights.grow(lines.count);
  const top = heights.above(at), bottom = top + heights.each[at];
  if (top < list.scrollTop) list.scrollTop = top;
  else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = Math.min(top, bottom - list.clientHeight);
  list.setAttribute('aria-activedescendant', `row-${at}`);
  shown.delete(before);
  shown.delete(at);
  render();
}

/** What was guessed on the way is measured when it is there. */
function moveToEnd() {
  moveTo(lines.count - 1);
  list.scrollTop = list.scrollHeight;
  render();
  list.scrollTop = list.scrollHeight;
}

function linkLine(i) {
  if (i < 0) return;
  const before = linked;
  linked = i;
  history.replaceState(null, '', linkTo({ line: lines.id(i), follow: '' }));
  state.line = lines.id(i);
  navigator.clipboard?.writeText(location.href).catch(() => { });
  redraw(before, i);
}

list.addEventListener('scroll', queue, { passive: true });
new ResizeObserver(() => {
  if (state.wrap) heights.reset(lines.count);
  queue();
  drawHistogram();
}).observe(list);
list.addEventListener('click', event => {
  const row = event.target.closest('.row');
  if (!row) return;
  const i = Number(row.dataset.row);
  const isLink = event.target.closest('.time') && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (isLink) event.preventDefault();
  if (String(getSelection())) return;
  if (isLink) linkLine(i);
  else if (!event.target.closest('.open') && !event.target.closest('.time')) toggle(i);
  moveTo(i);
});

// ---- Loading.

const NARROWEST = 1; // ms around a linked line
let loading = new AbortController();
let isOneDay = true;
let said = '';

function question() {
  const asked = {};
  for (const name of ['namespace', 'pod', 'container', 'selector', 'stream', 'previous', 'all-restarts', 'since', 'since-time', 'until', 'until-time', 'tail', 'where', 'context', 'follow'])
    if (state[name]) asked[name] = state[name];
  if (state.grep) {
    asked.grep = state.re ? state.grep : state.grep.replace(/[\\*+?|{}[\]()^$.]/g, '\\$&');
    if (state['ignore-case']) asked['ignore-case'] = '1';
  }
  if (asked.follow) delete asked.until, delete asked['until-time'];
  return asked;
}

/** The same, of a time around a line. */
function around(asked, line, width) {
  const ms = Number(line.split('.')[0].slice(0, -6));
  for (const name of ['tail', 'since', 'until', 'follow']) delete asked[name];
  const since = Math.max(ms - width, Date.parse(asked['since-time']) || 0), until = Math.min(ms + 1 + width, Date.parse(asked['until-time']) || Infinity);
  return { ...asked, 'since-time': new Date(since).toISOString(), 'until-time': new Date(until).toISOString() };
}

async function showLines() {
  loading.abort();
  const mine = loading = new AbortController();
  fill();
  if (!state.namespace && !state.pod && !state.selector && !state.grep && !state.where && !state.since) {
    reset();
    say('Choose a pod, or search in all: a time and a text are enough.');
    return;
  }
  try {
    for (let width = 60_000; ; width /= 10) {
      const result = await load(state.line ? around(question(), state.line, width) : question(), mine.signal);
      if (!state.line) return;
      for (let i = 0; i < lines.count && linked < 0; i++) if (lines.id(i) === state.line) linked = i;
      if (linked >= 0) {
        moveTo(linked);
        list.scrollTop = Math.max(0, heights.above(linked) - list.clientHeight / 2);
        return render();
      }
      if (!result.more || width <= NARROWEST) return say(`${said}\nThe linked line is not among these: it was deleted, or the search hides it.`, true);
    }
  } catch (error) {
    if (mine.signal.aborted) return;
    say(`${lines.count ? `${count.format(lines.count)} lines, and then: ` : ''}${error.message}`, true);
  }
}

function reset() {
  lines.clear();
  heights.reset(0);
  shown.clear();
  [at, linked] = [-1, -1];
  list.scrollTop = 0;
  render();
  drawHistogram();
}

async function load(asked, signal) {
  reset();
  say('Reading …');
  let ids = [], result = {}, isFollowing = false;
  await ask('/api/lines', asked, signal, item => {
    if (signal.aborted) return;
    if (item.source) {
      ids[item.id] = lines.sources.push(item.source) - 1;
      if (lines.sources.length === 2) shown.clear();
    } else if ('l' in item) {
      const wasAtEnd = isFollowing && list.scrollTop + list.clientHeight >= list.scrollHeight - 2 * ROW;
      if (lines.count === MOST_LINES) return;
      lines.add(item, ids);
      const isStill = isOneDay;
      isOneDay = lines.count === 1 || (isOneDay && Math.floor(lines.ms[0] / 864e5) === Math.floor(lines.ms[lines.count - 1] / 864e5));
      if (isStill !== isOneDay) shown.clear();
      if (wasAtEnd && !toEnd) toEnd = requestAnimationFrame(() => {
        toEnd = 0;
        moveToEnd();
      });
      queue();
    } else if (item.progress) {
      if (!isFollowing) say(item.progress.waiting ? 'Another page is reading; this one is next.' : `Reading … ${summary(item.progress)}`);
    } else if (item.nothing) {
      result.nothing = item.nothing;
    } else if (item.end) {
      result = { ...result, ...item.end };
      drawHistogram();
      const more = result.more ? `\nThere are more lines than ${count.format(lines.count)}: ask for less time, or search.` : lines.count === MOST_LINES ? '\nNo more lines are kept.' : '';
      say(`${result.nothing ?? summary(result)}${asked.follow ? ' — following' : ''}${more}${result.notes.map(note => '\n' + note).join('')}`, Boolean(result.nothing));
      if (asked.follow && !isFollowing) {
        isFollowing = true;
        render();
        moveToEnd();
      }
    }
  });
  return result;
}

let toEnd = 0;

function summary(progress) {
  return `${many(lines.count, 'line')} loaded, ${many(progress.requests, 'request')}, ${(progress.bytes / 1e6).toFixed(1)} MB${progress.objects ? `, ${progress.read} of ${progress.objects} objects` : ''}`;
}

function say(text, isBad = false) {
  said = text;
  $('state').textContent = text;
  $('state').classList.toggle('is-bad', isBad);
}

// ---- The histogram: lines that are loaded, over time.

let bins = null, drag = null;

function drawHistogram() {
  const canvas = $('histogram'), width = canvas.clientWidth, height = canvas.clientHeight, to = canvas.getContext('2d'), style = getComputedStyle(document.documentElement);
  [canvas.width, canvas.height] = [width * devicePixelRatio, height * devicePixelRatio];
  to.scale(devicePixelRatio, devicePixelRatio);
  let [first, last] = [Infinity, -Infinity];
  for (let i = 0; i < lines.count; i++) {
    const ms = lines.ms[i];
    if (ms < first) first = ms;
    if (ms > last) last = ms;
  }
  bins = first <= last ? { first, last: Math.max(last, first + 1), width } : null;
  canvas.setAttribute('aria-label', bins ? `${count.format(lines.count)} loaded lines from ${new Date(first).toISOString()} to ${new Date(last).toISOString()}` : 'Lines over time: none are loaded');
  if (!bins) return;
  const bars = Math.max(1, Math.floor(width / 6)), all = new Uint32Array(bars), bad = new Uint32Array(bars);
  for (let i = 0; i < lines.count; i++) {
    if (Number.isNaN(lines.ms[i])) continue;
    const bin = Math.min(bars - 1, Math.floor((lines.ms[i] - first) / (bins.last - first) * bars));
    all[bin]++;
    if (lines.level[i] >= 5) bad[bin]++;
  }
  const most = all.reduce((one, other) => Math.max(one, other), 1), room = height - 14;
  for (let bin = 0; bin < bars; bin++) {
    for (const [counts, colour] of [[all, '--bar'], [bad, '--bad']]) {
      const tall = counts[bin] && Math.max(2, counts[bin] / most * room);
      to.fillStyle = style.getPropertyValue(colour);
      to.fillRect(bin * width / bars, room - tall, width / bars - 1, tall);
    }
  }
  to.fillStyle = style.getPropertyValue('--dim');
  to.font = '10px system-ui';
  to.fillText(new Date(first).toISOString().slice(0, 19).replace('T', ' '), 0, height - 3);
  const end = new Date(last).toISOString().slice(0, 19).replace('T', ' ');
  to.fillText(end, width - to.measureText(end).width, height - 3);
  if (drag) {
    to.globalAlpha = 0.25;
    to.fillStyle = style.getPropertyValue('--accent');
    to.fillRect(Math.min(drag.from, drag.to), 0, Math.abs(drag.to - drag.from), room);
  }
}

$('histogram').addEventListener('pointerdown', event => {
  if (!bins) return;
  drag = { from: event.offsetX, to: event.offsetX };
  event.target.setPointerCapture(event.pointerId);
});
$('histogram').addEventListener('pointermove', event => {
  if (!drag) return;
  drag.to = event.offsetX;
  drawHistogram();
});
$('histogram').addEventListener('pointerup', () => {
  if (!drag || !bins) return;
  const [from, to] = [drag.from, drag.to].sort((one, other) => one - other).map(x => bins.first + Math.max(0, Math.min(1, x / bins.width)) * (bins.last - bins.first));
  const isDragged = Math.abs(drag.to - drag.from) > 3;
  drag = null;
  if (isDragged) go({ 'since-time': new Date(Math.floor(from)).toISOString(), 'until-time': new Date(Math.ceil(to)).toISOString(), since: '', until: '', tail: '', follow: '' });
  else drawHistogram();
});

// ---- The tree: namespaces, workloads, pods, containers.

const ALIVE = 15 * 60_000; // maxAge is five minutes unless it is set
const MOST_FOUND = 200;
let pods = new Map(); // "namespace/pod" -> {namespace, pod, workload, first, last, containers}
let listing = new AbortController();

/** As the controllers of Kubernetes name pods; a guess, until a record or the catalog says the owner. */
function workloadOf(pod) {
  return pod.replace(/-[bcdfghjklmnpqrstvwxz2456789]{5}$/, '').replace(/-(?:[bcdfghjklmnpqrstvwxz2456789]{6,10}|\d{8,})$/, '').replace(/-\d{1,4}$/, '') || pod;
}

async function listPods() {
  listing.abort();
  const mine = listing = new AbortController();
  pods = new Map();
  let isDrawn = false;
  const draw = () => {
    isDrawn = true;
    $('tree-state').textContent = `${many(pods.size, 'pod')} …`;
  };
  try {
    await ask('/api/containers', {}, mine.signal, item => {
      if (!('pod' in item)) return;
      const key = `${item.namespace}/${item.pod}`, pod = pods.get(key) ?? { namespace: item.namespace, pod: item.pod, workload: item.workload.split('/')[1] ?? workloadOf(item.pod), first: Infinity, last: 0, containers: new Map() };
      const container = pod.containers.get(item.container) ?? { name: item.container, first: Infinity, last: 0, objects: 0, bytes: 0 };
      container.first = Math.min(container.first, item.first);
      container.last = Math.max(container.last, item.last);
      container.objects += item.objects;
      container.bytes += item.bytes;
      pod.first = Math.min(pod.first, item.first);
      pod.last = Math.max(pod.last, item.last);
      pod.containers.set(item.container, container);
      pods.set(key, pod);
      if (!isDrawn || pods.size % 100 === 0) draw();
    });
    $('tree-state').textContent = pods.size ? `${many(pods.size, 'pod')}. ● stored in the last 15 minutes` : 'Nothing is stored there.';
  } catch (error) {
    if (mine.signal.aborted) return;
    $('tree-state').textContent = error.message;
  }
  drawTree();
}

function drawTree() {
  const wanted = $('find').value.trim().toLowerCase();
  const all = [...pods.values()].sort((one, other) => one.namespace.localeCompare(other.namespace) || one.pod.localeCompare(other.pod));
  if (wanted) {
    const found = all.filter(pod => `${pod.namespace}/${pod.pod}`.toLowerCase().includes(wanted));
    $('tree').replaceChildren(...found.slice(0, MOST_FOUND).map(pod => podOf(pod, `${pod.namespace}/${pod.pod}`)));
    if (found.length > MOST_FOUND) $('tree').append(`… and ${count.format(found.length - MOST_FOUND)} more`);
    return;
  }
  $('tree').replaceChildren(...[...Map.groupBy(all, pod => pod.namespace)].map(([namespace, of]) => branch(namespace || '(no namespace)', of, namespace === state.namespace, () => [
    choice(`all of ${namespace}`, { namespace, pod: '', container: '' }),
    ...[...Map.groupBy(of, pod => pod.workload)].map(([workload, members]) => members.length === 1 ? podOf(members[0], members[0].pod)
      : branch(workload, members, members.some(isChosen), () => [choice(`all of ${workload}`, { namespace, pod: `${workload}-*`, container: '' }), ...members.map(pod => podOf(pod, pod.pod))]))])));
}

const isChosen = pod => pod.namespace === state.namespace && pod.pod === state.pod;

/** What is in it is made when it is opened. */
function branch(name, members, isOpen, make) {
  const element = document.createElement('details'), summary = document.createElement('summary'), small = document.createElement('small');
  summary.textContent = name;
  small.textContent = `${many(members.length, 'pod')}, ${span(members.reduce((one, pod) => Math.min(one, pod.first), Infinity), members.reduce((one, pod) => Math.max(one, pod.last), 0))}`;
  summary.append(small);
  element.append(summary);
  element.addEventListener('toggle', () => element.open && element.children.length === 1 && element.append(...make()));
  element.open = isOpen;
  return element;
}

function podOf(pod, name) {
  const element = document.createElement('details'), summary = document.createElement('summary'), small = document.createElement('small');
  element.className = 'pod';
  element.dataset.pod = `${pod.namespace}/${pod.pod}`;
  summary.textContent = name;
  summary.className = `${Date.now() - pod.last < ALIVE ? 'alive' : 'silent'}${isChosen(pod) && !state.container ? ' is-chosen' : ''}`;
  small.textContent = span(pod.first, pod.last);
  small.title = 'When its first object was opened, and its last one stored';
  summary.append(small);
  summary.addEventListener('click', () => element.open || go({ namespace: pod.namespace, pod: pod.pod, container: '', selector: '' }));
  element.append(summary);
  element.addEventListener('toggle', () => element.open && element.children.length === 1 && element.append(...[...pod.containers.values()].map(container => containerOf(pod, container))));
  element.open = isChosen(pod);
  return element;
}

function containerOf(pod, container) {
  const button = choice(container.name || '(all)', { namespace: pod.namespace, pod: pod.pod, container: container.name }), small = document.createElement('small');
  small.textContent = `${span(container.first, container.last)}, ${many(container.objects, 'object')}, ${count.format(Math.ceil(container.bytes / 1000))} kB`;
  button.append(small);
  facts(pod, container, small);
  return button;
}

/** What its first and its last record say: asked when it is seen. */
async function facts(pod, container, small) {
  const sources = [], seen = [];
  try {
    const asked = { namespace: pod.namespace, pod: pod.pod };
    if (container.name) asked.container = container.name;
    await ask('/api/container', asked, listing.signal, item => {
      if (item.source) sources[item.id] = item.source;
      else if (item.t) seen.push([Number(item.t.slice(0, -6)), sources[item.s]]);
    });
    if (seen.length === 0) return;
    const [last, of] = seen.at(-1);
    small.textContent = `lines ${span(seen[0][0], last)}${of.restarts === undefined ? '' : `, ${many(of.restarts, 'restart')}`}${of.owner ? `, ${of.owner}` : ''}, ${count.format(Math.ceil(container.bytes / 1000))} kB`;
  } catch {
    // What the list says stays.
  }
}

function choice(name, to) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = `container${Object.entries(to).every(([key, value]) => (state[key] ?? '') === value) ? ' is-chosen' : ''}`;
  button.textContent = name;
  button.addEventListener('click', () => go({ ...to, selector: '' }));
  return button;
}

function span(first, last) {
  const text = ms => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
  const [one, other] = [text(first), text(last)];
  return `${one} – ${one.slice(0, 10) === other.slice(0, 10) ? other.slice(11) : other}`;
}

$('find').addEventListener('input', drawTree);

// ---- Controls.

function fill() {
  for (const name of ['grep', 'where', 'since-time', 'until-time', 'stream']) $(name).value = state[name] ?? '';
  for (const name of ['re', 'ignore-case', 'all-restarts', 'follow', 'wrap']) $(name).checked = Boolean(state[name]);
  const range = state['since-time'] || state['until-time'] ? 'between' : state.tail ? `tail=${state.tail}` : state.since ? `since=${state.since}` : '';
  if (![...$('range').options].some(option => option.value === range)) $('range').add(new Option(range.replace('=', ' '), range));
  $('range').value = range;
  $('between').classList.toggle('is-shown', range === 'between');
  list.classList.toggle('is-wrapped', Boolean(state.wrap));
  $('what').textContent = [state.namespace, state.pod, state.container].filter(Boolean).join(' / ') || 'All namespaces';
  document.title = `${state.pod || state.namespace || 'Collector'} – Collector`;
  for (const pod of document.querySelectorAll('.pod')) pod.firstChild.classList.toggle('is-chosen', pod.dataset.pod === `${state.namespace}/${state.pod}` && !state.container);
}

function chosen() {
  const [name, value] = $('range').value.split('=');
  const range = { tail: '', since: '', until: '', 'since-time': '', 'until-time': '' };
  if (name === 'between') for (const end of ['since-time', 'until-time']) range[end] = $(end).value.trim();
  else if (name) range[name] = value;
  return {
    ...range, grep: $('grep').value, where: $('where').value.trim(), stream: $('stream').value, follow: $('follow').checked ? '1' : '',
    re: $('re').checked ? '1' : '', 'ignore-case': $('ignore-case').checked ? '1' : '', 'all-restarts': $('all-restarts').checked ? '1' : '',
  };
}

$('ask').addEventListener('submit', event => {
  event.preventDefault();
  list.focus();
  go(chosen());
});
$('range').addEventListener('change', () => {
  $('between').classList.toggle('is-shown', $('range').value === 'between');
  if ($('range').value === 'between') $('since-time').focus();
  else go(chosen());
});
for (const name of ['stream', 'all-restarts', 'follow']) $(name).addEventListener('change', () => go(chosen()));
$('wrap').addEventListener('change', () => {
  state.wrap = $('wrap').checked ? '1' : '';
  history.replaceState(null, '', linkTo({}));
  list.classList.toggle('is-wrapped', Boolean(state.wrap));
  const first = heights.at(list.scrollTop);
  heights.reset(lines.count);
  shown.clear();
  list.scrollTop = heights.above(first);
  render();
});
$('help-button').addEventListener('click', () => $('help').showModal());
$('download').addEventListener('click', () => {
  const parts = [];
  for (let i = 0; i < lines.count; i++) {
    const { namespace, pod, container } = lines.whose(i);
    parts.push(`${lines.time(i)} ${namespace}/${pod}/${container} ${lines.texts[i]}\n`);
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(parts, { type: 'text/plain' }));
  link.download = `${(state.pod || state.namespace || 'lines').replace(/[^A-Za-z0-9._-]/g, '_')}.log`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
});

const KEYS = {
  '/': () => $('grep').select(),
  t: () => $('find').select(),
  j: () => moveTo(at + 1),
  ArrowDown: () => moveTo(at + 1),
  k: () => moveTo(at - 1),
  ArrowUp: () => moveTo(at - 1),
  g: () => moveTo(0),
  G: () => moveToEnd(),
  Enter: () => at >= 0 && toggle(at),
  l: () => linkLine(at),
  f: () => $('follow').click(),
  w: () => $('wrap').click(),
  d: () => $('download').click(),
  '?': () => $('help').showModal(),
};
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  const isTyping = event.target.matches('input:not([type=checkbox]), select');
  if (isTyping && event.key === 'Escape') return void list.focus();
  // A button or a branch that has the focus is pressed with Enter.
  if (isTyping || (event.key === 'Enter' && event.target.closest('button, summary, a, label, input')) || (event.key.startsWith('Arrow') && event.target.closest('nav'))) return;
  const key = KEYS[event.key];
  if (!key) return;
  event.preventDefault();
  key();
});
addEventListener('hashchange', () => {
  read();
  showLines();
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawHistogram);

// Whoever opens it sees the last lines of what they choose.
read();
if (!location.hash) state.tail = '1000';
showLines();
listPods();
