// A picture of a page: node picture.mjs CHROMIUM PAGE OUT PLACE SCHEME
import { go, launch, open } from "./browser.mjs";

const [chromium, path, out, place, scheme] = process.argv.slice(2);
const browser = await launch(chromium);
const page = await open(browser, path, { width: 1280, scheme });
await page.setViewport({ width: 1280, height: 800, deviceScaleFactor: 2 });
await go(page, place);
await page.screenshot({ path: out });
await browser.close();
