// Renders texts that the program wrote with the SDK's own `renderText`, and compares what is shown
// with what Slack showed, and who is highlighted with `mentioned_users_ids`.
//
// The texts are those of the table of cases, put into an export and converted, and of the goldens.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { renderText } from "stream-chat-react";

const [checkout, migrate] = process.argv.slice(2);
const FIRST = 1700000000;

// The rows of the table: a name, a message or a short form of one, and HTML.
function readCases() {
  const table = readFileSync(join(checkout, "adapters/slack/src/text/cases.txt"), "utf8");
  return table.split("\n== ").slice(1).map((row) => {
    const [name, short, ...html] = row.split("\n");
    return { name, message: longForm(JSON.parse(short)), html: html.join("\n") };
  });
}

function longForm(it) {
  if (typeof it === "string") return { text: it };
  if (!Array.isArray(it)) return it;
  const isBlock = (element) => String(element?.type).startsWith("rich_text");
  const elements = it.some(isBlock) ? it : [{ type: "rich_text_section", elements: it }];
  return { text: "", blocks: [{ type: "rich_text", elements }] };
}

// Converts the cases as messages of one channel.
function convert(cases) {
  const folder = mkdtempSync(join(tmpdir(), "migrate-client-"));
  try {
    const input = join(folder, "export");
    mkdirSync(join(input, "general"), { recursive: true });
    const write = (name, value) => writeFileSync(join(input, name), JSON.stringify(value));
    write("users.json", [
      { id: "U1", name: "Ada", profile: { bot_id: "B1" } },
      { id: "U2", name: "bob_*x*" },
      { id: "U4", name: "佐藤" },
    ]);
    write("channels.json", [{ id: "C1", name: "general", members: ["U1", "U2", "U4"] }]);
    write("emoji.json", { yes: "alias:+1", parrot: "https://a.b/c.png" });
    const messages = cases.map(({ message }, index) => {
      const ts = `${FIRST + index}.000000`;
      return { type: "message", user: "U1", ...message, ts };
    });
    write("general/2023-11-14.json", messages);
    const output = join(folder, "out.json");
    execFileSync(migrate, ["slack", input, "-o", output], { stdio: "pipe" });
    return readItems(output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readItems(path) {
  const users = new Map();
  const messages = [];
  for (const { type, item } of JSON.parse(readFileSync(path, "utf8"))) {
    if (type === "user") users.set(item.id, { id: item.id, name: item.name });
    if (type === "message") messages.push(item);
  }
  return { users, messages };
}

// The HTML that the SDK shows of a message, and the ids of those whom it highlights.
function render(message, users) {
  const mentioned = (message.mentioned_users_ids ?? []).map((id) => users.get(id));
  const highlighted = new Set();
  const mention = ({ children, node }) => {
    highlighted.add(node.mentionedUser?.id);
    return createElement("span", {}, children);
  };
  const html = renderToStaticMarkup(
    renderText(message.text ?? "", mentioned, { customMarkDownRenderers: { mention } }),
  );
  return { html, highlighted };
}

// What is seen of HTML. The SDK shows addresses without their scheme, so both sides lose it.
function visible(html) {
  const entities = { amp: "&", lt: "<", gt: ">", quot: '"', "#x27": "'", "#39": "'" };
  return html
    .replace(/<[^>]*>/g, " ")
    .replace(/&(amp|lt|gt|quot|#x27|#39);/g, (_, name) => entities[name])
    .replace(/\u2060/g, "")
    .replace(/https?:\/\/(www\.)?|mailto:/g, "")
    .replace(/\s+/g, "");
}

const styles = (html) =>
  ["strong", "em", "del", "code", "pre", "li", "blockquote", "h1", "h2", "hr", "ins", "table"]
    .map((tag) => `${tag}:${html.split(`<${tag}>`).length - 1}`)
    .join(" ");

const faults = [];
const sameMembers = (one, other) => one.size === other.size && [...one].every((it) => other.has(it));

function checkMentions(name, message, highlighted) {
  const mentioned = new Set(message.mentioned_users_ids ?? []);
  if (!sameMembers(mentioned, highlighted)) {
    faults.push(`${name}: ${[...highlighted]} highlighted, ${[...mentioned]} mentioned\n  ${message.text}`);
  }
}

const cases = readCases();
const { users, messages } = convert(cases);
const byTime = new Map(messages.map((it) => [Date.parse(it.created_at) / 1000, it]));
for (const [index, { name, html: expected }] of cases.entries()) {
  const message = byTime.get(FIRST + index);
  if (!message) {
    faults.push(`${name}: no message was written`);
    continue;
  }
  const { html, highlighted } = render(message, users);
  if (visible(html) !== visible(expected)) {
    faults.push(`${name}: shown\n  ${html}\n  and not\n  ${expected}`);
  } else if (styles(html) !== styles(expected)) {
    faults.push(`${name}: ${styles(html)}, and not ${styles(expected)}\n  ${html}`);
  }
  checkMentions(name, message, highlighted);
}

const golden = readItems(join(checkout, "tests/it/golden/sample.json"));
for (const message of golden.messages) {
  const { highlighted } = render(message, golden.users);
  checkMentions(`golden ${message.id}`, message, highlighted);
}

for (const fault of faults.slice(0, 20)) console.error(fault);
const count = `${cases.length} cases and ${golden.messages.length} messages of the goldens`;
console.log(`client: ${count} rendered, ${faults.length} faults`);
process.exitCode = faults.length > 0 ? 1 : 0;
