// What the page does beyond being read: it shows a view and a channel at a time, searches, and
// listens to keys. All of it can be read without.
"use strict";

document.documentElement.classList.add("js");

document.addEventListener("DOMContentLoaded", () => {
  const conversations = document.getElementById("conversations");
  const search = document.getElementById("search");
  const filter = document.getElementById("filter");
  const found = document.getElementById("found");
  const lines = [...conversations.querySelectorAll(".list li")];
  const narrow = matchMedia("(max-width: 44rem)");
  const title = document.title;
  let hits = [];
  let hit = -1;
  let searched = "";

  // The place that the address names; what it does not name stays as it was.
  let address;
  function show() {
    address = location.hash;
    const id = decode(address.slice(1));
    // The skip link leads past the head of the page, into whatever view is open.
    if (id === "main" && document.querySelector(".view.current")) {
      document.getElementById(id).focus();
      return;
    }
    const place = document.getElementById(id) ?? document.getElementById("overview");
    const view = place.closest(".view") ?? document.getElementById("overview");
    mark(document.querySelectorAll(".view"), view);
    for (const link of document.querySelectorAll(".top nav a")) {
      current(link, link.hash === `#${view.id}`, "page");
    }
    conversations.classList.toggle("open", place !== conversations);
    const channel = place.closest(".channel");
    if (channel) open(channel);
    else if (place === conversations && !openChannel() && !narrow.matches) open(firstChannel());
    for (let it = place.parentElement; it; it = it.parentElement) {
      if (it.localName === "details") it.open = true;
    }
    name(view);
    if (place.matches(".view, .channel")) scrollTo(0, 0);
    else place.scrollIntoView({ block: "center" });
    if (place.matches(".message, .channel")) place.focus({ preventScroll: true });
  }

  // The window is named by what is open in it.
  function name(view) {
    const isList = view === conversations && !conversations.classList.contains("open");
    const channel = view === conversations && !(isList && narrow.matches) && openChannel();
    const heading = channel ? channel.querySelector("h3 bdi") : view.querySelector("h2");
    const isFirst = view.id === "overview";
    document.title = isFirst ? title : `${heading.textContent} – ${title}`;
  }

  function open(channel) {
    if (!channel) return;
    mark(conversations.querySelectorAll(".channel"), channel);
    for (const line of lines) {
      const link = line.querySelector("a");
      if (!link) continue;
      const isOpen = link.hash === `#${channel.id}`;
      current(link, isOpen, "true");
      if (isOpen) link.scrollIntoView({ block: "nearest" });
    }
  }

  const openChannel = () => conversations.querySelector(".channel.current");
  const firstChannel = () => conversations.querySelector(".channel");

  function mark(elements, chosen) {
    for (const element of elements) element.classList.toggle("current", element === chosen);
  }

  function current(link, isIt, word) {
    if (isIt) link.setAttribute("aria-current", word);
    else link.removeAttribute("aria-current");
  }

  function decode(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  }

  // What can be found, made when it is first looked for.
  let index;
  function indexed() {
    index ??= lines.map((line) => {
      const link = line.querySelector("a");
      const channel = link && document.getElementById(link.hash.slice(1));
      const messages = channel ? [...channel.querySelectorAll(".message[id]")] : [];
      return {
        line,
        name: plain(line.querySelector(".name").textContent),
        messages: messages.map((message) => ({ message, text: plain(said(message)) })),
      };
    });
    return index;
  }

  // The text of a message and of its attachments, without its thread.
  function said(message) {
    const own = message.querySelectorAll(":scope > .body > :is(.head, .text, .cards, .quote)");
    return [...own].map((element) => element.textContent).join(" ");
  }

  // Without accents and capitals, which people leave out when they search.
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();

  function find() {
    searched = search.value;
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    const holds = (text) => words.every((word) => text.includes(word));
    const isWanted = (line) =>
      filter.value === "all" ||
      (filter.value === "lossy" ? "lossy" in line.dataset : line.dataset.kind === filter.value);
    for (const message of hits) message.classList.remove("hit");
    hits = [];
    hit = -1;
    let channels = 0;
    for (const { line, name, messages } of indexed()) {
      const inside = words.length && isWanted(line) ? messages.filter(({ text }) => holds(text)) : [];
      const isShown = isWanted(line) && (!words.length || inside.length > 0 || holds(name));
      line.hidden = !isShown;
      line.classList.toggle("has-hits", inside.length > 0);
      line.querySelector(".count").dataset.hits = inside.length;
      channels += isShown ? 1 : 0;
      hits.push(...inside.map(({ message }) => message));
    }
    for (const message of hits) message.classList.add("hit");
    const many = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
    const isAll = !words.length && filter.value === "all";
    const messages = words.length ? `, ${many(hits.length, "message")} of those shown` : "";
    found.textContent = isAll ? "" : `${many(channels, "channel")}${messages}`;
  }

  // The next hit, or the previous one.
  function step(by) {
    if (!hits.length) return;
    hit = (hit + by + hits.length) % hits.length;
    go(hits[hit].id);
  }

  // Shown at once: what follows may need it.
  function go(id) {
    location.hash = id;
    show();
  }

  // The channel so many lines below the open one.
  function move(by) {
    const links = lines.filter((line) => !line.hidden).map((line) => line.querySelector("a"));
    const shown = links.filter(Boolean);
    const at = shown.findIndex((link) => link.hasAttribute("aria-current"));
    const next = shown[Math.min(Math.max(at + by, 0), shown.length - 1)];
    if (!next) return;
    go(next.hash.slice(1));
    return next;
  }

  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(find, 80);
  });
  filter.addEventListener("change", find);
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    clearTimeout(waiting);
    if (hit < 0 || searched !== search.value) find();
    step(event.shiftKey ? -1 : 1);
    search.focus({ preventScroll: true });
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = event.target.matches("input, select, textarea");
    const isInList = event.target.closest(".list ol") !== null;
    const isHere = conversations.classList.contains("current");
    if (event.key === "Escape" && isHere) {
      if (search.value) {
        search.value = "";
        find();
      } else if (isTyping) {
        event.target.blur();
      } else {
        go("conversations");
      }
    } else if (event.key === "/" && !isTyping) {
      if (!isHere || narrow.matches) go("conversations");
      event.preventDefault();
      search.focus();
    } else if (isHere && !isTyping && (event.key === "j" || event.key === "k")) {
      move(event.key === "j" ? 1 : -1);
    } else if (isInList && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1)?.focus();
    }
  });

  addEventListener("hashchange", () => {
    if (location.hash !== address) show();
  });
  show();
});
