// Looks at collector ui with Debian's Chromium:  node tests/browser/ui.mjs CASE URL [FILE]
// Each case fails with what is wrong. Whatever it does, no case may open a dialog of the browser, ask another host, break the page's
// content policy, or meet an error of the script. FILE: the log that the case appends to.
import assert from 'node:assert/strict';
import { appendFile, readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';

const [name, url, file] = process.argv.slice(2);
const isRoot = process.getuid() === 0;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: isRoot ? ['--no-sandbox'] : [] });
const wrong = [];
const pages = [];

async function open(fragment = '', options = {}) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 700 }, acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('dialog', dialog => {
    wrong.push(`a dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  page.on('pageerror', error => wrong.push(`an error of the script: ${error.message}`));
  page.on('request', request => request.url().startsWith(url) || request.url().startsWith('blob:') || wrong.push(`a request to ${request.url()}`));
  page.on('console', message => /Content Security Policy|Trusted ?Type/i.test(message.text()) && wrong.push(`said: ${message.text()}`));
  await page.addInitScript(() => document.addEventListener('securitypolicyviolation', event => { (window.violations ??= []).push(event.violatedDirective); }));
  await page.goto(url + fragment);
  pages.push(page);
  return page;
}

const text = (page, selector) => page.locator(selector).innerText();
const rowsOf = page => page.locator('.row .text').allInnerTexts();
/** So many lines are told, and drawn: rows come with the frame after. */
const loaded = async (page, count) => {
  await page.waitForFunction(wanted => document.querySelector('#state').textContent.startsWith(`${wanted} loaded`), `${new Intl.NumberFormat('en').format(count)} line${count === 1 ? '' : 's'}`);
  await page.evaluate(() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn))));
};
const rowsInDocument = page => page.evaluate(() => document.querySelectorAll('.row').length);

/** A view of 700 pixels has 30 rows or so, and 20 more beside them. */
const MOST_ROWS = 80;

const cases = {
  async deadPod() {
    const page = await open();
    await page.locator('#tree-state', { hasText: 'pods. ●' }).waitFor();
    await page.keyboard.press('t');
    await page.keyboard.type('cart-7d9f');
    const pod = page.locator('.pod > summary');
    await page.waitForFunction(() => document.querySelectorAll('.pod').length === 1);
    assert.match(await pod.getAttribute('class'), /silent/);
    assert.match(await pod.innerText(), /shop\/cart-7d9f8c6b5d-x2x4z/);
    await pod.click();
    await loaded(page, 3);
    assert.deepEqual(await rowsOf(page), ['p1', 'p3', 'second life']);
    await page.locator('.toggle', { hasText: 'all restarts' }).click();
    await loaded(page, 6);
    assert.deepEqual(await rowsOf(page), ['a0', 'p1', 'a2', 'p3', 'a4', 'second life']);
    assert.equal(await page.locator('.whose').first().innerText(), 'cart-7d9f8c6b5d-x2x4z/app');

    // What the records say of its containers stands in the tree.
    await page.locator('.container small', { hasText: 'lines 2026-11-21 00:00 – 00:00, 1 restart' }).waitFor();
    await page.locator('.container', { hasText: 'proxy' }).click();
    await loaded(page, 2);
    assert.deepEqual(await rowsOf(page), ['p1', 'p3']);
    assert.equal(await text(page, '#what'), 'shop / cart-7d9f8c6b5d-x2x4z / proxy');
  },

  async search() {
    const page = await open('#namespace=shop&pod=cart&tail=1000');
    await loaded(page, 300);
    await page.keyboard.press('/');
    await page.keyboard.type('item 7.');
    await page.keyboard.press('Enter');
    await loaded(page, 1);
    assert.deepEqual(await rowsOf(page), ['item 7. of it']);
    assert.deepEqual(await page.locator('mark').allInnerTexts(), ['item 7.']);

    // The same as a regular expression has a dot for any character.
    await page.locator('.toggle', { hasText: '.*' }).click();
    await page.locator('#grep').press('Enter');
    await loaded(page, 11);
    assert.equal(new URLSearchParams(new URL(page.url()).hash.slice(1)).get('re'), '1');

    await page.locator('#grep').fill('(');
    await page.locator('#grep').press('Enter');
    await page.locator('#state.is-bad', { hasText: 'is not a regular expression' }).waitFor();

    await page.locator('#grep').fill('');
    await page.locator('#where').fill('level=error and status>=500');
    await page.locator('#where').press('Enter');
    await loaded(page, 2);
    assert.ok((await rowsOf(page)).every(line => line.includes('"error"')));
    assert.equal(await page.locator('.row.level5').count(), 2);

    // Nothing fits: that is said, with what was looked at.
    await page.locator('#where').fill('level=nothing');
    await page.locator('#where').press('Enter');
    await page.locator('#state', { hasText: 'No line matches' }).waitFor();

    // And back as the browser goes back.
    await page.goBack();
    await loaded(page, 2);
  },

  async follow() {
    const page = await open('#namespace=shop&pod=cart&tail=1000&follow=1');
    await page.locator('#state', { hasText: 'following' }).waitFor();
    const before = await page.locator('#lines').getAttribute('aria-rowcount');
    for (const word of ['one', 'two']) {
      await appendFile(file, `${new Date().toISOString().replace('Z', '000000Z')} stdout F grown ${word}\n`);
      await page.locator('.row .text', { hasText: `grown ${word}` }).waitFor({ timeout: 60_000 });
    }
    assert.equal(Number(await page.locator('#lines').getAttribute('aria-rowcount')), Number(before) + 2);

    // The end stays in view.
    await page.waitForFunction(() => { const list = document.querySelector('#lines'); return list.scrollTop + list.clientHeight >= list.scrollHeight - 40; });
  },

  async permalink() {
    const page = await open('#namespace=shop&pod=cart');
    await loaded(page, 100_000);
    await page.evaluate(() => { document.querySelector('#lines').scrollTop = 18 * 54_321; });
    const row = page.locator('.row', { hasText: 'line 54321 ' });
    await row.waitFor();
    const link = await row.locator('.time').evaluate(time => time.href);
    await row.locator('.time').click();
    assert.equal(page.url(), link);
    assert.match(await row.getAttribute('class'), /is-linked/);

    // Somebody else's browser shows the same line, where a range of its own is asked for, and is not all of it.
    const other = await open(link.slice(url.length));
    const same = other.locator('.row.is-linked');
    await same.waitFor();
    assert.match(await same.locator('.text').innerText(), /^line 54321 /);
    const box = await same.boundingBox();
    assert.ok(box.y > 0 && box.y < 700, `it stands at ${box.y}`);
    assert.ok(Number(await other.locator('#lines').getAttribute('aria-rowcount')) < 100_000);
    assert.equal(other.url(), link);

    // Of a line that is not there that is told.
    const gone = await open(link.slice(url.length).replace(/[0-9a-f]$/, end => end === '0' ? '1' : '0'));
    await gone.locator('#state.is-bad', { hasText: 'The linked line is not among these' }).waitFor();
  },

  async json() {
    const page = await open('#namespace=shop&pod=cart&tail=1000');
    await page.locator('.row').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    const opened = page.locator('.row.is-at .open');
    await opened.waitFor();
    assert.equal((await opened.locator('pre.json').innerText()).trim(), '{\n  "level": "error",\n  "id": 12345678901234567890,\n  "nested": {\n    "list": [\n      1,\n      {}\n    ],\n    "text": "a, {b}: \\"c\\""\n  }\n}');
    assert.match(await opened.locator('dl').innerText(), /pod\s+cart/);
    assert.match(await page.locator('.row').first().getAttribute('class'), /level5/);

    // It is taller, and what is below stands below.
    const [first, second] = [await page.locator('.row').nth(0).boundingBox(), await page.locator('.row').nth(1).boundingBox()];
    assert.ok(Math.abs(first.y + first.height - second.y) < 2);
    await page.keyboard.press('Enter');
    await opened.waitFor({ state: 'detached' });
  },

  async many() {
    const page = await open('#namespace=shop&pod=cart');
    await loaded(page, 100_000);
    const counts = [await rowsInDocument(page)];
    for (const part of [0.1, 0.5, 0.9, 0.33]) {
      await page.evaluate(part => { const list = document.querySelector('#lines'); list.scrollTop = list.scrollHeight * part; }, part);
      await page.locator('.row', { hasText: `line ${Math.floor(100_000 * part) + 5} ` }).waitFor();
      counts.push(await rowsInDocument(page));
    }
    await page.locator('#lines').hover();
    await page.mouse.wheel(0, 5000);
    await page.waitForFunction(() => !document.querySelector('.row').textContent.includes('line 32'));
    counts.push(await rowsInDocument(page));
    await page.keyboard.press('G');
    await page.locator('.row.is-at', { hasText: 'line 99999 ' }).waitFor();
    const last = await page.locator('.row.is-at').boundingBox();
    assert.ok(last.y + last.height <= 701, `the last line ends at ${last.y + last.height}`);
    counts.push(await rowsInDocument(page));
    await page.keyboard.press('k');
    await page.locator('.row.is-at', { hasText: 'line 99998 ' }).waitFor();

    // Wrapped, every row has another height than was guessed.
    await page.keyboard.press('w');
    await page.keyboard.press('g');
    await page.locator('.row.is-at', { hasText: 'line 0 ' }).waitFor();
    await page.keyboard.press('G');
    await page.locator('.row.is-at', { hasText: 'line 99999 ' }).waitFor();
    counts.push(await rowsInDocument(page));
    assert.ok(counts.every(count => count > 10 && count < MOST_ROWS), `rows in the document: ${counts}`);

    // A part of the time is dragged over.
    const chart = await page.locator('#histogram').boundingBox();
    await page.mouse.move(chart.x + chart.width * 0.25, chart.y + 20);
    await page.mouse.down();
    await page.mouse.move(chart.x + chart.width * 0.5, chart.y + 20, { steps: 5 });
    await page.mouse.up();
    await page.waitForURL(/since-time=.*until-time=/);
    await page.waitForFunction(() => /^2[45],\d{3} lines loaded/.test(document.querySelector('#state').textContent));
  },

  async hostile() {
    const page = await open('#namespace=shop&pod=cart&tail=1000');
    await loaded(page, 8);
    const all = await rowsOf(page);
    assert.equal(all[0], '<img src=x onerror="window.hit=1;alert(1)">');
    assert.equal(all[1], '</script><script>window.hit=1</script><svg onload=alert(2)>');
    assert.equal(all[2], 'red \\x1b]0;owned\\x07 \\x1b[2J');
    assert.equal(await page.locator('.row').nth(2).locator('.a31').innerText(), 'red');
    assert.equal(all[3], 'user U+202Egnp.exe U+2066end');
    assert.ok(all[4].startsWith('xxxx') && all[4].length === 4000);
    assert.match(await page.locator('.row').nth(4).innerText(), /1,000,000 characters/);
    assert.match(all[5], /^bad \ufffd+ bytes$/);
    assert.equal(all[6], '{"level":"<img src=x onerror=window.hit=1>","a<b>":"</pre><iframe src=//evil.example>"}');
    assert.equal(all[7], 'javascript:window.hit=1 https://evil.example/');

    // Opened, too; and the long one is all there.
    for (let i = 0; i < 8; i++) {
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.locator('.row.is-at .open').waitFor();
      if (i === 4) assert.equal((await page.locator('.row.is-at .open pre').textContent()).trim().length, 1_000_000);
    }
    assert.match(await page.locator('.row.is-at .open pre').innerText(), /^javascript:/);

    // Searched, with marks; wrapped; downloaded.
    await page.keyboard.press('w');
    await page.locator('#grep').fill('<img');
    await page.locator('#grep').press('Enter');
    await loaded(page, 2);
    assert.deepEqual(await page.locator('mark').allInnerTexts(), ['<img', '<img']);
    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('d')]);
    assert.equal(download.suggestedFilename(), 'cart.log');
    const saved = (await readFile(await download.path(), 'utf8')).split('\n');
    assert.equal(saved[0], '2026-11-21T00:00:00.000000001Z shop/cart/app <img src=x onerror="window.hit=1;alert(1)">');
    assert.equal(saved.length, 3);

    assert.deepEqual(await page.evaluate(() => ({
      hit: window.hit, scripts: document.scripts.length, title: document.title, made: [...document.querySelectorAll('img, iframe, svg, object, embed, base, #lines script, #lines a:not(.time)')].map(one => one.outerHTML),
    })), { hit: undefined, scripts: 1, title: 'cart – Collector', made: [] });
    assert.doesNotMatch(await page.evaluate(() => document.body.innerText), /[\u202a-\u202e\u2066-\u2069\x1b]/);
  },

  async keys() {
    const page = await open('#namespace=shop&pod=cart&tail=1000', { colorScheme: 'dark' });
    await loaded(page, 300);
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), 'rgb(15, 19, 24)');
    await page.keyboard.press('?');
    assert.ok(await page.locator('#help').isVisible());
    await page.keyboard.press('j');
    await page.keyboard.press('Escape');
    assert.ok(!await page.locator('#help').isVisible());
    assert.equal(await page.locator('.row.is-at').count(), 0);
    for (const key of ['j', 'j', 'ArrowDown', 'k']) await page.keyboard.press(key);
    assert.equal(await page.locator('.row.is-at').getAttribute('aria-rowindex'), '2');
    assert.equal(await page.locator('#lines').getAttribute('aria-activedescendant'), await page.locator('.row.is-at').getAttribute('id'));
    await page.keyboard.press('l');
    assert.match(page.url(), /line=\d+\.[0-9a-f]+$/);

    // Keys are text where text is written.
    await page.keyboard.press('/');
    await page.keyboard.type('gjk');
    assert.equal(await page.locator('#grep').inputValue(), 'gjk');
    await page.keyboard.press('Escape');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'lines');
  },

  async token() {
    const page = await open('#namespace=shop&pod=cart&tail=1000');
    await page.locator('#login').waitFor();
    assert.equal(await page.locator('.row').count(), 0);
    await page.locator('#token').fill('another token than it');
    await page.locator('#login button').click();
    await page.locator('#login-state', { hasText: 'That is not it.' }).waitFor();
    await page.locator('#token').fill('a token of the test');
    await page.locator('#login button').click();
    await loaded(page, 1);
    assert.ok(!page.url().includes('token'));
    assert.equal(await page.evaluate(() => document.cookie), '');
    await page.reload();
    await loaded(page, 1);
  },
};

try {
  await cases[name]();
  for (const page of pages) wrong.push(...(await page.evaluate(() => window.violations ?? [])).map(what => `a violation of ${what}`));
  assert.deepEqual(wrong, []);
  console.log(`${name}: done`);
} catch (error) {
  console.error(error.stack);
  for (const page of pages) console.error(`the page says: ${await page.locator('#state').textContent().catch(() => 'nothing')}`);
  if (wrong.length) console.error(wrong.join('\n'));
  process.exitCode = 1;
} finally {
  await browser.close();
}
