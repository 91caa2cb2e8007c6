// The playground: line numbers, errors beside their lines, the result while one types, and
// a link that holds the text in its fragment, which no server sees.
const form = document.getElementById("try");
const text = form.elements.text;
const topic = form.querySelector("input[name=topic]");
const lines = form.querySelector(".lines");
const share = document.getElementById("share");
const REST = 250; // milliseconds without a keystroke
const LONGEST_PAUSE = 30; // seconds until a server that did not answer is asked again
const PATIENCE = 30_000; // milliseconds that an answer may take
let wanted = false, running = false, failures = 0, timer;

function encoded(string) {
  const bytes = Array.from(new TextEncoder().encode(string), (each) => String.fromCharCode(each));
  return btoa(bytes.join("")).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decoded(string) {
  const bytes = atob(string.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes, (each) => each.charCodeAt(0)));
}

// Behind the text lies the same text, unseen: so a message stands where its line ends.
function drawLines() {
  const said = new Map();
  for (const each of document.querySelectorAll("#errors > li")) {
    const line = each.querySelector("a").dataset.line;
    if (!said.has(line)) said.set(line, each);
  }
  lines.replaceChildren(...text.value.split("\n").map((line, index) => {
    const row = document.createElement("div");
    row.textContent = line;
    const found = said.get(String(index + 1));
    if (found) {
      row.className = found.className;
      const message = found.querySelector("span").textContent.replace(/^topics\.\S+: /, "");
      row.append(Object.assign(document.createElement("em"), { textContent: message }));
    }
    return row;
  }));
  scrolled();
}

function scrolled() {
  lines.scrollTop = text.scrollTop;
  lines.scrollLeft = text.scrollLeft;
}

function goTo(line, column) {
  const rows = text.value.split("\n");
  const before = rows.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  // A column counts characters; JavaScript counts an emoji twice.
  const at = before + Array.from(rows[line - 1] ?? "").slice(0, (column || 1) - 1).join("").length;
  text.focus();
  text.setSelectionRange(at, at);
  text.scrollTop = (line - 4) * parseFloat(getComputedStyle(text).lineHeight);
}

function link() {
  const address = new URL(location.pathname, location.origin);
  if (topic.value) address.searchParams.set("topic", topic.value);
  address.hash = encoded(text.value);
  return address.href;
}

// Without the page's user and key: browsers let no script ask an address that holds them.
function question() {
  return Object.assign(new URL(form.action), { username: "", password: "" });
}

function remember() {
  share.dataset.copy = link();
  // Relative, so that a user and key in the page's address stay: they must not change.
  history.replaceState(null, "", share.dataset.copy.slice(location.origin.length));
}

function show(page, asked) {
  const result = page.getElementById("result"), old = document.getElementById("result");
  const broken = page.querySelector("#errors .error");
  const pressed = old.contains(document.activeElement);
  document.getElementById("missing")?.remove();
  if (result && result.childElementCount) old.replaceWith(result);
  else old.classList.add("old");
  if (pressed && !old.isConnected) document.getElementById("outcome").focus();
  document.getElementById("errors").replaceChildren(...page.querySelectorAll("#errors > li"));
  document.getElementById("counts").textContent = page.getElementById("counts").textContent.trim();
  if (broken) text.setAttribute("aria-invalid", "true");
  else text.removeAttribute("aria-invalid");
  // Another may have been chosen meanwhile.
  if (topic.value === asked) topic.value = page.querySelector("#try input[name=topic]").value;
  drawLines();
}

function say(message) {
  document.getElementById("counts").textContent = message;
}

function later(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(run, milliseconds);
}

function again(why, pause) {
  const seconds = Number(pause) || Math.min(2 ** ++failures, LONGEST_PAUSE);
  say(`${why} It is asked again in ${seconds} s.`);
  later(1000 * seconds);
}

// One question at a time: what was typed meanwhile is asked next.
async function run() {
  remember();
  clearTimeout(timer);
  if (running) { wanted = true; return; }
  if (new TextEncoder().encode(text.value).length > form.dataset.longest) {
    say(form.dataset.tooLong);
    return;
  }
  running = true;
  wanted = false;
  const asked = topic.value;
  try {
    const answer = await fetch(question(), {
      method: "POST", body: new URLSearchParams(new FormData(form)), signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.status >= 500) {
      again(`The server answered ${answer.status}.`, answer.headers.get("Retry-After"));
    } else if (answer.ok) {
      show(new DOMParser().parseFromString(await answer.text(), "text/html"), asked);
      remember();
      failures = 0;
    } else {
      say(`The server answered ${answer.status}: reload this page.`);
    }
  } catch {
    again("The server does not answer: is it running?");
  }
  running = false;
  if (wanted) run();
}

function soon() {
  drawLines();
  share.dataset.copy = link(); // the address waits: browsers refuse to change it at each keystroke
  later(REST);
}

function openLink() {
  const named = location.hash.slice(1);
  if (!named) return;
  if (document.getElementById(named)) return remember(); // it leads to a part of the page
  try {
    text.value = decoded(named);
  } catch {
    say("The link is cut off or damaged: ask for it again.");
    return;
  }
  drawLines();
  run();
}

text.addEventListener("input", soon);
text.addEventListener("scroll", scrolled);
addEventListener("hashchange", openLink);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter && event.submitter.name === "topic") topic.value = event.submitter.value;
  run();
});
form.addEventListener("click", (event) => {
  const place = event.target.closest("[data-line]");
  if (!place) return;
  event.preventDefault();
  goTo(Number(place.dataset.line), Number(place.dataset.column));
});
form.classList.add("scripted");
share.hidden = false;
share.dataset.copy = link();
drawLines();
if (text.value === text.defaultValue) openLink();
else run(); // typed while this script was on its way
