// Pictures of collector ui for the README:  node tests/browser/screenshots.mjs URL DIR  (hack/screenshots.sh)
import { chromium } from 'playwright-core';

const [url, directory] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: process.getuid() === 0 ? ['--no-sandbox'] : [] });
for (const colorScheme of ['light', 'dark']) {
  const page = await browser.newPage({ viewport: { width: 1200, height: 640 }, colorScheme });
  await page.goto(`${url}#namespace=shop&pod=cart-*&all-restarts=1`);
  await page.waitForFunction(() => /^\d,\d+ lines loaded/.test(document.querySelector('#state').textContent));
  await page.locator('nav summary', { hasText: 'cart' }).first().click();
  await page.locator('.pod summary').first().waitFor();
  await page.evaluate(() => {
    const list = document.querySelector('#lines');
    list.scrollTop = list.scrollHeight * 0.76;
  });
  await page.waitForFunction(() => document.querySelectorAll('.row.level5').length > 2);
  await page.locator('.row.level5').nth(2).locator('.text').dispatchEvent('click');
  await page.locator('.open pre').waitFor();
  await page.screenshot({ path: `${directory}/ui-${colorScheme}.png` });
  await page.close();
}
await browser.close();
