// Tests of the preview in a browser: node test.mjs CHROMIUM PAGES SCREENSHOTS
// PAGES holds sample.html and hostile.html.
import assert from "node:assert/strict";
import { join } from "node:path";
import { go, launch, open, settled } from "./browser.mjs";

const [chromium, pages, screenshots] = process.argv.slice(2);
const sample = join(pages, "sample.html");
const hostile = join(pages, "hostile.html");
const VIEWS = ["overview", "notes", "conversations"];

const tests = {
  async "the sample opens without a request and without a complaint"(browser) {
    for (const scheme of ["light", "dark"]) {
      for (const width of [1280, 360]) {
        const page = await open(browser, sample, { width, scheme });
        for (const view of VIEWS) {
          await go(page, view);
          await page.screenshot({ path: join(screenshots, `${view}-${width}-${scheme}.png`) });
          await isWithinItsWidth(page, width);
        }
        await go(page, "c-0");
        await page.screenshot({ path: join(screenshots, `channel-${width}-${scheme}.png`) });
        assert.deepEqual(page.noted, []);
        await page.close();
      }
    }
  },

  async "one view is shown at a time, and all of them without the script"(browser) {
    const page = await open(browser, sample, { width: 1280 });
    assert.deepEqual(await shown(page, ".view"), ["overview"]);
    await go(page, "notes");
    assert.deepEqual(await shown(page, ".view"), ["notes"]);
    assert.equal(await page.$eval(".top [aria-current]", (link) => link.hash), "#notes");
    await page.close();
    const plain = await browser.newPage();
    await plain.setJavaScriptEnabled(false);
    await plain.goto(`file://${sample}`);
    const count = (selector) => plain.$$eval(selector, (all) => all.filter((it) => it.checkVisibility()).length);
    assert.equal(await count(".view"), VIEWS.length);
    assert.equal(await count(".channel"), await plain.$$eval(".channel", (all) => all.length));
    await plain.close();
  },

  async "search finds channels and messages, and Enter leads to them"(browser) {
    const page = await open(browser, sample, { width: 1280 });
    await page.keyboard.press("/");
    await settled(page);
    assert.equal(await page.evaluate(() => document.activeElement.id), "search");
    await page.keyboard.type("workshop lathe");
    await settled(page);
    assert.equal(await page.$eval("#found", (it) => it.textContent), "1 channel, 1 message of those shown");
    const badge = await page.$eval(".list .has-hits .count", (it) => [getComputedStyle(it, "::before").content, it.innerText]);
    assert.ok(badge[0].includes("found") && !/\d/.test(badge[1].split("message")[0]), String(badge));
    await page.keyboard.press("Enter");
    await settled(page);
    const hit = await page.$eval(".message:target", (it) => [it.textContent, it.checkVisibility()]);
    assert.ok(hit[0].includes("behind the lathe") && hit[1]);
    // What was typed last counts, however soon Enter comes.
    await page.evaluate(() => {
      const search = document.getElementById("search");
      search.value = "no such words";
      search.dispatchEvent(new Event("input"));
      search.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
    });
    assert.equal(await page.$eval("#found", (it) => it.textContent), "0 channels, 0 messages of those shown");
    await page.keyboard.press("Escape");
    await settled(page);
    assert.equal(await page.$eval("#found", (it) => it.textContent), "");
    await page.select("#filter", "direct");
    await settled(page);
    const kinds = await page.$$eval(".list li:not([hidden])", (all) => all.map((it) => it.dataset.kind));
    assert.ok(kinds.length > 0 && kinds.every((kind) => kind === "direct"), String(kinds));
    assert.deepEqual(page.noted, []);
    await page.close();
  },

  async "the skip link leads past the bar, into the view that is open"(browser) {
    const page = await open(browser, sample, { width: 1280 });
    await page.keyboard.press("Tab");
    const link = await page.evaluate(() => [document.activeElement.className, document.activeElement.getBoundingClientRect().top]);
    assert.ok(link[0] === "skip" && link[1] >= 0, String(link));
    await go(page, "notes");
    await page.focus(".skip");
    await page.keyboard.press("Enter");
    await settled(page);
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    assert.deepEqual(await shown(page, ".view"), ["notes"]);
    await page.keyboard.press("Tab");
    assert.ok(await page.evaluate(() => document.activeElement.closest("#main") !== null));
    await page.close();
  },

  async "the window is named by what is open"(browser) {
    const page = await open(browser, sample, { width: 1280 });
    const first = await page.title();
    assert.ok(first.endsWith("preview"));
    await go(page, "notes");
    assert.equal(await page.title(), `Losses and problems – ${first}`);
    await go(page, "c-1");
    const name = await page.$eval("#c-1 h3 bdi", (it) => it.textContent);
    assert.equal(await page.title(), `${name} – ${first}`);
    await go(page, "overview");
    assert.equal(await page.title(), first);
    await page.close();
  },

  async "a wide table scrolls in its place, says so, and can be reached with keys"(browser) {
    const page = await open(browser, sample, { width: 360 });
    const table = ".panel > .scroll";
    const wide = await page.$eval(table, (it) => [it.scrollWidth > it.clientWidth, it.tabIndex, getComputedStyle(it).backgroundImage]);
    assert.deepEqual(wide.slice(0, 2), [true, 0]);
    assert.equal(wide[2].split("linear-gradient").length, 5);
    await page.focus(table);
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction((table) => document.querySelector(table).scrollLeft > 0, {}, table);
    assert.deepEqual(await page.$$eval(".scroll:not([tabindex])", (all) => all.length), 0);
    await page.close();
  },

  async "threads unfold, and a link to a reply unfolds its thread"(browser) {
    const page = await open(browser, sample, { width: 1280 });
    await go(page, "conversations");
    const thread = await page.$(".channel.current .thread");
    const replies = () => thread.$$eval(".message", (all) => all.filter((it) => it.checkVisibility()).length);
    assert.equal(await replies(), 0);
    await (await thread.$("summary")).click();
    assert.ok((await replies()) > 0);
    const closed = await page.$eval(".channel:not(.current) .thread:not([open]) .message", (it) => it.id);
    await go(page, closed);
    assert.ok(await page.$eval(`#${closed}`, (it) => it.checkVisibility()));
    await page.close();
  },

  async "the entry and the source of a message are one click away"(browser) {
    const page = await open(browser, sample, { width: 1280 });
    await go(page, "conversations");
    const raw = await page.$(".channel.current .message .raw");
    await (await raw.$("summary")).click();
    const entry = await raw.$eval("pre", (it) => it.checkVisibility() && JSON.parse(it.textContent));
    assert.equal(entry.type, "message");
    await page.close();
  },

  async "channels can be gone through with keys"(browser) {
    const page = await open(browser, sample, { width: 1280 });
    await go(page, "conversations");
    const at = () => page.$eval(".list [aria-current]", (link) => link.hash);
    const first = await at();
    await page.keyboard.press("j");
    await settled(page);
    assert.notEqual(await at(), first);
    await page.keyboard.press("k");
    await settled(page);
    assert.equal(await at(), first);
    await page.focus(".list [aria-current]");
    await page.keyboard.press("ArrowDown");
    await settled(page);
    const focused = await page.evaluate(() => document.activeElement.hash);
    assert.equal(focused, await at());
    assert.notEqual(focused, first);
    await page.close();
  },

  async "every control has a name, and texts can be told from what is behind them"(browser) {
    const page = await open(browser, sample, { width: 1280 });
    await go(page, "conversations");
    const nameless = await page.$$eval("a, summary, input, select", (all) =>
      all.filter((it) => !(it.labels?.length || it.textContent.trim())).map((it) => it.outerHTML),
    );
    assert.deepEqual(nameless, []);
    for (const scheme of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      for (const view of VIEWS) {
        await go(page, view);
        assert.deepEqual(await page.evaluate(faint), [], `${view}, ${scheme}`);
      }
    }
    await page.close();
  },

  async "hostile texts run nothing, load nothing and break no layout"(browser) {
    for (const width of [1280, 360]) {
      const page = await open(browser, hostile, { width });
      const channels = await page.$$eval(".channel", (all) => all.map((it) => it.id));
      assert.ok(channels.length > 3);
      for (const place of [...VIEWS, ...channels]) {
        await go(page, place);
        await page.evaluate(() => {
          for (const details of document.querySelectorAll("details")) details.open = true;
          for (const it of document.querySelectorAll(".message *")) {
            it.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
          }
        });
        await settled(page);
        await isWithinItsWidth(page, width);
        await page.screenshot({ path: join(screenshots, `hostile-${place}-${width}.png`) });
      }
      assert.deepEqual(page.noted, []);
      await page.close();
    }
  },

  async "a page of hostile texts has no element and no address that is not ours"(browser) {
    const page = await open(browser, hostile, { width: 1280 });
    const found = await page.evaluate(() => ({
      scripts: document.scripts.length,
      foreign: document.querySelectorAll("img, iframe, object, embed, form, base, h5, h6, [style]").length,
      handlers: [...document.querySelectorAll("*")].flatMap((it) => it.getAttributeNames()).filter((name) => name.startsWith("on")),
      links: [...document.querySelectorAll("a:not([href^='#'])")].filter(
        (it) => !/^https?:/.test(it.href) || it.rel !== "noopener noreferrer",
      ).length,
      text: document.documentElement.outerHTML,
    }));
    assert.deepEqual([found.scripts, found.foreign, found.handlers, found.links], [1, 0, [], 0]);
    for (const hidden of ["SECRET", "xoxe-", "xoxb-", "victim@", "\u202e", "\u2067", "\u001b"]) {
      assert.ok(!found.text.includes(hidden), JSON.stringify(hidden));
    }
    await page.close();
  },

  async "what the page does not bring with it cannot run"(browser) {
    const page = await open(browser, sample, { width: 1280 });
    const ran = await page.evaluate(async () => {
      const script = document.createElement("script");
      script.textContent = "window.ran = true";
      document.body.append(script);
      document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.ran = true'>");
      const asked = await fetch("https://example.com/").then(() => true, () => false);
      return Boolean(window.ran) || asked;
    });
    assert.equal(ran, false);
    assert.ok(page.noted.some((it) => it.includes("Content Security Policy")));
    await page.close();
  },

  async "the overview and the losses can be printed"(browser) {
    const page = await open(browser, sample, { width: 1280 });
    await page.emulateMediaType("print");
    assert.deepEqual(await shown(page, ".view"), ["overview", "notes"]);
    await page.pdf({ path: join(screenshots, "print.pdf"), format: "A4" });
    await page.close();
  },
};

const shown = (page, selector) =>
  page.$$eval(selector, (all) => all.filter((it) => it.checkVisibility()).map((it) => it.id));

// Nothing stands outside of the window: the page itself is never scrolled sideways.
async function isWithinItsWidth(page, width) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= width, `${await page.evaluate(() => location.hash)} is ${wide} wide, not ${width}`);
}

// Texts with less contrast than 4.5 to 1, by what the browser draws.
function faint() {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const pixel = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data;
  };
  const luminance = ([red, green, blue]) => {
    const part = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
  };
  const behind = (element) => {
    for (let it = element; it; it = it.parentElement) {
      const colour = pixel(getComputedStyle(it).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return pixel("white");
  };
  const found = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const hasText = [...element.childNodes].some((it) => it.nodeType === 3 && it.data.trim());
    if (!hasText || element.closest("svg") || !element.checkVisibility()) continue;
    const [a, b] = [luminance(pixel(getComputedStyle(element).color)), luminance(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) found.add(`${element.localName}.${element.className}: ${contrast.toFixed(2)}`);
  }
  return [...found];
}

const browser = await launch(chromium);
let failed = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test(browser);
    console.log(`browser: ${name}: ok`);
  } catch (error) {
    failed += 1;
    console.log(`browser: ${name}: FAILED\n${error.stack}`);
  }
}
await browser.close();
process.exitCode = failed ? 1 : 0;
