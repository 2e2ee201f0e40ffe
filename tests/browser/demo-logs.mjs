// Writes the logs of a small shop as a container runtime does, always the same:  node tests/browser/demo-logs.mjs DIR
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';

const [directory] = process.argv.slice(2);
let seed = 7;
const random = below => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below;
const pick = of => of[random(of.length)];
const start = Date.UTC(2026, 10, 20, 9, 0, 0);

const texts = {
  cart(i) {
    const burst = i > 900 && i < 1100;
    const level = burst && random(3) === 0 ? 'error' : pick(['info', 'info', 'info', 'info', 'debug', 'info', 'warn']);
    const status = level === 'error' ? pick([500, 503]) : pick([200, 200, 200, 201, 404]);
    return JSON.stringify({ level, msg: level === 'error' ? 'payment refused: upstream timed out' : pick(['request served', 'cart updated', 'coupon applied']), method: pick(['GET', 'POST']), path: `/cart/${1000 + random(9000)}`, status, ms: 3 + random(level === 'error' ? 3000 : 90) });
  },
  payment: i => JSON.stringify({ level: i > 905 && i < 1095 && random(2) ? 'error' : 'info', msg: pick(['charge created', 'connection pool: 20 of 20 in use', 'retrying in 200 ms']), id: random(1e6) }),
  front: () => `10.2.${random(9)}.${random(250)} - - "GET ${pick(['/', '/cart', '/img/shoe-12.webp', '/checkout'])} HTTP/2.0" ${pick([200, 200, 200, 304, 502])} ${random(9000)}`,
  db: i => `\x1b[32mLOG\x1b[0m:  checkpoint complete: wrote ${random(400)} buffers; sync=${(random(900) / 1000).toFixed(3)} s; lsn=0/${(i * 4096).toString(16).toUpperCase()}`,
};

const pods = [
  ['shop', 'cart-7d9f8c6b5d-x2x4z', 'app', 'cart', 1400], ['shop', 'cart-7d9f8c6b5d-k8n2p', 'app', 'cart', 1200], ['shop', 'cart-6c5b4d8f9b-zz7qw', 'app', 'cart', 400],
  ['shop', 'payment-5b7c9d6f84-t4v8x', 'app', 'payment', 1300], ['shop', 'payment-5b7c9d6f84-t4v8x', 'proxy', 'front', 300], ['shop', 'front-84c6d5f7b9-hm2dl', 'nginx', 'front', 1600],
  ['data', 'postgres-0', 'postgres', 'db', 900], ['data', 'postgres-1', 'postgres', 'db', 800], ['batch', 'import-29384710-v5xwz', 'import', 'db', 120], ['monitoring', 'prometheus-0', 'prometheus', 'db', 200],
];

mkdirSync(`${directory}/containers`, { recursive: true });
pods.forEach(([namespace, pod, container, kind, count], number) => {
  const uid = `00000000-0000-4000-8000-${String([...`${namespace}/${pod}`].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 1e12, 7)).padStart(12, '0')}`;
  const log = `${directory}/pods/${namespace}_${pod}_${uid}/${container}`;
  mkdirSync(log, { recursive: true });
  let [lines, ms] = ['', start + number * 137];
  for (let i = 0; i < count; i++) {
    ms += 400 + random(i > 900 && i < 1100 ? 500 : 2600);
    lines += `${new Date(ms).toISOString().replace('Z', '000000Z')} ${random(9) ? 'stdout' : 'stderr'} F ${texts[kind](i)}\n`;
  }
  writeFileSync(`${log}/2.log`, lines);
  symlinkSync(`${log}/2.log`, `${directory}/containers/${pod}_${namespace}_${container}-${String(number).repeat(64).slice(0, 64)}.log`);
});
