"use strict";

const $ = (selector, from = document) => from.querySelector(selector);

function element(tag, text, properties = {}) {
  const made = document.createElement(tag);
  if (text) made.textContent = text; // never as HTML: much of it is a customer's
  return Object.assign(made, properties);
}

function milliseconds(ms) {
  return ms >= 10000 ? `${(ms / 1000).toFixed(1)} s` : ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}

// Inbox: the list follows what happens elsewhere, unless somebody is reading an older page of it.
function followInbox() {
  const filters = $("#filters");
  if (!filters || ["before", "after"].some((name) => new URLSearchParams(location.search).has(name))) return;
  const events = new EventSource("/inbox/changes");
  events.addEventListener("changed", async () => {
    const focused = document.activeElement?.closest("#list") ? document.activeElement.getAttribute("href") : null;
    const answer = await fetch(location.href, { headers: { "X-Part": "list" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#list");
    $("#list").replaceWith(fresh);
    if (focused) $(`#list a[href="${CSS.escape(focused)}"]`)?.focus();
    $("#live").textContent = fresh.dataset.live;
  });
}

// A mail dropped or pasted: it is sent, and its stages light up with their milliseconds as they are reported.
function watchDrop() {
  const drop = $("#drop"), form = $("#new");
  if (!form) return;
  for (const name of ["dragenter", "dragover"]) document.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    const file = event.dataTransfer.files[0];
    if (!file) return;
    drop.open = true;
    const data = new FormData(form);
    data.set("file", file);
    run(data);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); run(new FormData(form)); });
}

async function run(data) {
  const says = $("#run-says"), file = data.get("file");
  $("#run").hidden = false;
  for (const one of document.querySelectorAll(".stages li")) { one.className = ""; $("b", one).textContent = ""; }
  says.textContent = "Taking it in…";
  const began = performance.now();
  let answer;
  try {
    // A file goes to the API as it is: the form's own way has a smaller limit.
    answer = file && file.size
      ? await fetch("/v1/emails", { method: "POST", body: file, headers: { "Content-Type": "message/rfc822" } })
      : await fetch("/inbox/new", { method: "POST", body: data, headers: { Accept: "application/json" } });
  } catch {
    says.textContent = "The service does not answer. Nothing was taken in.";
    return;
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    says.textContent = said.error || said.detail || "This cannot be taken in.";
    return;
  }
  light("receive", performance.now() - began);
  says.textContent = "Being worked on…";
  follow(said.id, {
    began: (one) => $(`.stages [data-stage="${one.stage}"]`)?.classList.add("next"),
    stage: (one) => light(one.stage, one.ms, one.error),
    done: (ended) => {
      light("store", null);
      says.replaceChildren(`${ended.status} in ${milliseconds(ended.ms ?? 0)}. `, element("a", "Open the ticket", { href: ended.url }));
      $("a", says).focus();
    },
  });
}

function light(stage, ms, error) {
  const place = $(`.stages [data-stage="${stage}"]`);
  if (!place) return;
  place.className = error ? "ended" : "lit";
  $("b", place).textContent = ms === null ? "✓" : milliseconds(ms);
}

// The stages of one mail, as they happen: `told` has a function for each kind of event.
function follow(id, told) {
  const events = new EventSource(`/inbox/${encodeURIComponent(id)}/progress`);
  for (const [name, hear] of Object.entries(told)) {
    events.addEventListener(name, (event) => {
      if (name === "done") events.close();
      hear(JSON.parse(event.data));
    });
  }
}

// Ask: the answer arrives sentence by sentence, its passages first.
function watchAsk() {
  const form = $("#ask");
  if (!form) return;
  $("textarea", form).addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); form.requestSubmit(); }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const question = $("textarea", form).value.trim(), button = $("button", form), answer = $("#ask-answer");
    if (!question) return;
    button.disabled = true;
    answer.replaceChildren(element("p", "Looking…", { className: "quiet" }));
    try {
      const response = await fetch("/v1/questions", {
        method: "POST", body: JSON.stringify({ question }), headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
      });
      if (!response.ok) throw new Error((await response.json()).detail);
      answer.replaceChildren();
      for await (const [name, data] of read(response.body)) heard(name, data, answer);
    } catch (error) {
      answer.replaceChildren(element("p", error.message || "The service does not answer.", { className: "warn" }));
    } finally {
      button.disabled = false;
    }
  });
}

let asked = { texts: {}, marks: {}, sentences: 0 };

function heard(name, data, answer) {
  if (name === "passages") {
    asked = { texts: Object.fromEntries(data.passages.map((one, at) => [`p${at + 1}`, [...one.text]])), marks: {}, sentences: 0 };
    $("#ask-passages").replaceChildren(...data.passages.map(passage));
  } else if (name === "sentence") {
    answer.append(line(data, ++asked.sentences));
  } else if (name === "done") {
    $("#ask-took").textContent = milliseconds(data.latencyMs);
    if (data.handedOver) answer.append(element("p", sentence(data.handedOver.detail), { className: "outcome handed" }));
    if (data.struck.length) answer.append(element("h3", "Struck by the check"), struck(data.struck));
  } else if (name === "problem") {
    answer.append(element("p", "Something went wrong here that should not have; it is in the log.", { className: "warn" }));
  }
}

// A sentence with its number, its citations and its quotes, which are marked in their passages.
function line(one, number) {
  const made = element("div", "", { className: "line", id: `sentence-${number}` }), text = element("p"), quotes = element("ul", "", { className: "quotes" });
  const placed = one.quotes.filter((quote) => quote.start !== null && asked.texts[quote.passage]);
  for (const quote of placed) {
    (asked.marks[quote.passage] ||= []).push({ ...quote, number });
    $(`#passage-${quote.passage} blockquote`).replaceChildren(...marked(asked.texts[quote.passage], asked.marks[quote.passage]));
  }
  const place = (label) => (placed.some((quote) => quote.passage === label) ? `#quote-${number}-${label}` : `#passage-${label}`);
  const cites = one.citations.flatMap((id) => [element("a", id, { className: "cite", href: place(id), ariaLabel: `Passage ${id}` }), " "]);
  text.append(element("span", String(number), { className: "number" }), ` ${one.text} `, ...cites);
  for (const quote of one.quotes) {
    const item = element("li"), same = quote.text.includes(one.text);
    item.append(element("a", quote.passage, { href: place(quote.passage) }), " ", same ? "word for word" : element("q", quote.text));
    quotes.append(item);
  }
  made.append(text, ...(one.quotes.length ? [quotes] : []));
  return made;
}

function marked(characters, marks) {
  const cuts = [...new Set([0, characters.length, ...marks.flatMap((one) => [one.start, one.end])])].sort((a, b) => a - b), pieces = [], named = new Set();
  cuts.slice(0, -1).forEach((start, at) => {
    const end = cuts[at + 1], here = marks.filter((one) => one.start <= start && one.end >= end), text = characters.slice(start, end).join("");
    for (const one of here.filter((mark) => mark.start === start && !named.has(mark.number))) {
      named.add(one.number);
      pieces.push(element("a", String(one.number), { className: "back", id: `quote-${one.number}-${one.passage}`, href: `#sentence-${one.number}`, ariaLabel: `Back to sentence ${one.number}` }));
    }
    pieces.push(here.length ? element("mark", text, { className: "m-quote", title: here.map((one) => `carries sentence ${one.number}`).join("; ") }) : text);
  });
  return pieces;
}

function struck(listed) {
  const made = element("ul", "", { className: "struck" });
  for (const one of listed) {
    const item = element("li");
    item.append(element("s", one.text), " ", ...one.citations.map((id) => element("a", id, { className: "cite", href: `#passage-${id}`, ariaLabel: `Passage ${id}` })),
      element("br"), element("b", one.link, { className: "link" }), ` ${one.says}: `, element("span", one.why, { className: "quiet" }));
    made.append(item);
  }
  return made;
}

function sentence(words) {
  return words.charAt(0).toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? "" : ".");
}

function passage(one, at) {
  const made = element("details", "", { className: "passage", id: `passage-p${at + 1}`, open: at === 0 }), head = element("summary");
  head.append(element("span", `p${at + 1}`, { className: "cite" }), ` ${one.title} `, element("span", one.heading ? `› ${one.heading}` : "", { className: "quiet" }),
    element("span", one.score.toFixed(2), { className: "score" }));
  made.append(head, element("blockquote", one.text), element("p", one.article, { className: "quiet" }));
  return made;
}

async function* read(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split(/\r?\n/), field = (name) => lines.filter((line) => line.startsWith(name + ":")).map((line) => line.slice(name.length + 1).trim()).join("\n");
      if (field("data")) yield [field("event"), JSON.parse(field("data"))];
    }
  }
}

// A link to a passage, or to a quote in one, opens it.
function openTarget() {
  const target = /^#(passage|quote)-/.test(location.hash) ? document.getElementById(location.hash.slice(1)) : null;
  if (target) { target.closest("details").open = true; target.scrollIntoView({ block: "nearest" }); }
}
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.cite, .quotes a");
  if (link && link.hash === location.hash) { event.preventDefault(); openTarget(); }
});
addEventListener("hashchange", openTarget);

// Keys: j and k walk the queue, / searches; on a ticket a, e and r go to the decision.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  const links = [...document.querySelectorAll(".queue .c-request a")];
  if (links.length && "jk".includes(event.key)) {
    const at = links.indexOf(document.activeElement), next = at + (event.key === "j" ? 1 : -1);
    links[Math.max(0, Math.min(links.length - 1, next))].focus();
  } else if (event.key === "/" && $("#filters")) {
    event.preventDefault();
    $("#filters input").focus();
  } else if ("aer".includes(event.key) && $("#name")) {
    event.preventDefault();
    $("#name input[name=name]").focus();
  } else if (event.key === "a") {
    $("#approve")?.focus();
  } else if (event.key === "e" || event.key === "r") {
    const fold = $(event.key === "e" ? "#edit" : "#reject");
    if (fold) { event.preventDefault(); fold.open = true; $("input:not([type=hidden]), textarea", fold).focus(); }
  }
});

for (const slider of document.querySelectorAll("input[data-shows]")) {
  slider.addEventListener("input", () => { document.getElementById(slider.dataset.shows).textContent = `${slider.value}%`; });
}
const waiting = $("#waiting");
if (waiting) follow(waiting.dataset.id, { done: () => location.reload() });
followInbox();
watchDrop();
watchAsk();
openTarget();
