// A browser, and pages in it that note whatever they ask for or complain about.
import puppeteer from "puppeteer-core";
import { pathToFileURL } from "node:url";

export async function launch(executablePath) {
  const isRoot = process.getuid?.() === 0;
  const args = isRoot ? ["--no-sandbox"] : [];
  return puppeteer.launch({ executablePath, args, headless: true, timeout: 120_000 });
}

// Opens a file. `page.noted` is everything that a good page does not do.
export async function open(browser, path, { width, scheme = "light" }) {
  const page = await browser.newPage();
  page.noted = [];
  page.setDefaultTimeout(60_000);
  page.on("console", (message) => page.noted.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => page.noted.push(`error: ${error.message}`));
  page.on("dialog", async (dialog) => {
    page.noted.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  const url = pathToFileURL(path).href;
  page.on("request", (request) => {
    const asked = request.url().split("#")[0];
    if (asked !== url && asked !== "data:,") page.noted.push(`request: ${asked}`);
  });
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(url, { waitUntil: "load" });
  return page;
}

// Goes to a place in the page, as a link to it does.
export async function go(page, id) {
  await page.evaluate((id) => (location.hash = id), id);
  await settled(page);
}

// Waits until what was started by the last thing that was done is on the screen.
export async function settled(page) {
  await page.evaluate(
    () => new Promise((done) => setTimeout(() => requestAnimationFrame(() => done()), 150)),
  );
}
