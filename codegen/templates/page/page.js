"use strict";
// What happens on the page. Texts of the spec are only ever set as text, never as markup.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  for (const [view, rules] of Object.entries(data.arrows)) {
    data.arrows[view] = rules.map((number) => data.rules[number]); // views have most in common
  }
  const byId = (id) => document.getElementById(id);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const address = new URLSearchParams(location.hash.slice(1)); // where one was, across a refresh

  /** An element with properties, attributes (as `attributes`) and children (elements or texts). */
  function make(tag, { attributes = {}, ...properties } = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }

  function say(text) {
    byId("said").textContent = text;
  }

  function remember(key, value) {
    if (value === null) address.delete(key);
    else address.set(key, value);
    history.replaceState(null, "", "#" + address);
  }

  // ---------------------------------------------------------------------------------- dark, light

  const themes = { auto: "◐ Auto", dark: "● Dark", light: "○ Light" };
  function theme(name) {
    document.documentElement.dataset.theme = name;
    byId("theme").textContent = themes[name];
    byId("theme").setAttribute("aria-label", `Colours: ${name}`);
    remember("theme", name === "auto" ? null : name);
  }
  theme(address.get("theme") in themes ? address.get("theme") : "auto");
  byId("theme").addEventListener("click", () => {
    const names = Object.keys(themes);
    const next = (names.indexOf(document.documentElement.dataset.theme) + 1) % names.length;
    theme(names[next]);
  });

  // ----------------------------------------------------------------------------------------- tabs

  const tabs = all("[role=tab]");
  function showTab(tab) {
    for (const other of tabs) {
      const shown = other === tab;
      other.setAttribute("aria-selected", shown);
      other.tabIndex = shown ? 0 : -1;
      byId(other.getAttribute("aria-controls")).hidden = !shown;
    }
    remember("tab", tab.id === "tab-graph" ? null : tab.id.slice(4));
    if (tab.id === "tab-graph") settle();
  }
  for (const [n, tab] of tabs.entries()) {
    tab.addEventListener("click", () => showTab(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(n + step + tabs.length) % tabs.length];
      showTab(next);
      next.focus();
    });
  }

  // -------------------------------------------------------------------------------------- pictures

  const canvas = byId("canvas");
  const sheets = all(".sheet");
  let sheet = sheets[0] ?? null;
  const shown = new WeakMap(); // of each picture: {x, y, width, height}, the part that is shown
  const touched = new WeakSet(); // the pictures that somebody has moved

  const picture = () => sheet?.firstElementChild;
  const nodes = () => all(".node", sheet ?? canvas);
  const nodeOf = (id) => sheet?.querySelector(`.node[data-node="${CSS.escape(id)}"]`);
  const arrowsOf = () => data.arrows[sheet?.dataset.view] ?? [];

  function look(part) {
    shown.set(picture(), part);
    picture().setAttribute("viewBox", `${part.x} ${part.y} ${part.width} ${part.height}`);
  }

  /** Show all of the picture; but not so small that its texts can't be read, unless `whole`. */
  function fit(whole = false) {
    if (!picture() || !canvas.clientWidth) return;
    const width = +picture().dataset.width, height = +picture().dataset.height;
    const all = Math.min(canvas.clientWidth / width, canvas.clientHeight / height, 1.6);
    const scale = whole ? all : Math.max(all, 0.62);
    const part = { width: canvas.clientWidth / scale, height: canvas.clientHeight / scale };
    const start = picture().querySelector(".node.initial rect, .node rect");
    const middle = start ? +start.getAttribute("x") + start.getAttribute("width") / 2 : 0;
    part.x = part.width >= width ? -12 - (part.width - width) / 2
      : Math.min(Math.max(middle - part.width / 2, -12), width - 12 - part.width);
    part.y = part.height >= height ? -12 - (part.height - height) / 2 : -12;
    look(part);
  }

  /** A picture that nobody has moved fits its place. */
  function settle() {
    if (picture() && !shown.has(picture())) fit();
  }

  function zoom(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    const part = picture() && shown.get(picture());
    if (!part) return;
    const width = Math.min(Math.max(part.width * factor, 60), 40000);
    const by = width / part.width;
    touched.add(picture());
    const fx = x / canvas.clientWidth, fy = y / canvas.clientHeight;
    look({
      x: part.x + part.width * fx * (1 - by),
      y: part.y + part.height * fy * (1 - by),
      width,
      height: part.height * by,
    });
  }

  function move(dx, dy) {
    const part = picture() && shown.get(picture());
    if (!part) return;
    touched.add(picture());
    const scale = part.width / canvas.clientWidth;
    look({ ...part, x: part.x - dx * scale, y: part.y - dy * scale });
  }

  /** Bring a box into what is shown. */
  function reveal(node) {
    const part = shown.get(picture());
    const rect = node.querySelector("rect");
    if (!part || !rect) return;
    const [x, y, width, height] = ["x", "y", "width", "height"].map((a) => +rect.getAttribute(a));
    const inside = x >= part.x && y >= part.y
      && x + width <= part.x + part.width && y + height <= part.y + part.height;
    if (inside) return;
    touched.add(picture());
    look({ ...part, x: x + width / 2 - part.width / 2, y: y + height / 2 - part.height / 2 });
  }

  function showView(view) {
    sheet = sheets.find((one) => one.dataset.view === view) ?? sheet;
    for (const one of sheets) one.hidden = one !== sheet;
    for (const button of all("button.view")) {
      button.setAttribute("aria-pressed", button.dataset.view === sheet.dataset.view);
    }
    remember("view", sheet === sheets[0] ? null : sheet.dataset.view);
    settle();
    mark();
    drawStep();
  }

  for (const button of all("button.view")) {
    button.addEventListener("click", () => showView(button.dataset.view));
  }
  byId("zoom-in").addEventListener("click", () => zoom(1 / 1.3));
  byId("zoom-out").addEventListener("click", () => zoom(1.3));
  byId("zoom-fit").addEventListener("click", () => { touched.delete(picture()); fit(true); });
  let size = null; // of the canvas
  new ResizeObserver(() => {
    const part = picture() && shown.get(picture());
    if (part && touched.has(picture()) && size && canvas.clientWidth) {
      const scale = part.width / size.width; // what was moved keeps its scale
      look({ ...part, width: canvas.clientWidth * scale, height: canvas.clientHeight * scale });
    } else fit();
    for (const one of sheets) if (one !== sheet) shown.delete(one.firstElementChild);
    size = { width: canvas.clientWidth, height: canvas.clientHeight };
    if (held()) reveal(held());
  }).observe(canvas);

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = canvas.getBoundingClientRect();
    zoom(Math.exp(event.deltaY * 0.0015), event.clientX - box.x, event.clientY - box.y);
  }, { passive: false });

  const fingers = new Map(); // pointers that are down, and where
  let dragged = false;
  canvas.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, event);
    if (fingers.size === 1) dragged = false;
  });
  addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const dx = event.clientX - before.clientX, dy = event.clientY - before.clientY;
    if (!dragged && Math.hypot(dx, dy) < 4) return; // a click with an unsteady hand
    dragged = true;
    if (fingers.size === 1) move(dx, dy);
    else {
      const other = [...fingers.values()].find((one) => one.pointerId !== event.pointerId);
      const gap = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      const box = canvas.getBoundingClientRect();
      zoom(gap(before) / Math.max(gap(event), 1), other.clientX - box.x, other.clientY - box.y);
    }
    fingers.set(event.pointerId, event);
  });
  for (const kind of ["pointerup", "pointercancel"]) {
    addEventListener(kind, (event) => fingers.delete(event.pointerId));
  }

  /** Light up a box or an arrow with its neighbours; nothing: all alike. */
  function light(target) {
    for (const near of all(".near", canvas)) near.classList.remove("near");
    const drawn = picture();
    if (!drawn) return;
    drawn.classList.toggle("lit", target !== null);
    if (target === null) return;
    target.classList.add("near");
    const id = target.dataset.node;
    for (const arrow of all(".arrow", drawn)) {
      if (arrow !== target && arrow.dataset.from !== id && arrow.dataset.to !== id) continue;
      arrow.classList.add("near");
      for (const end of [arrow.dataset.from, arrow.dataset.to]) nodeOf(end)?.classList.add("near");
    }
  }
  const held = () => (chosen?.node ? nodeOf(chosen.node) : null);
  canvas.addEventListener("pointerover", (event) => {
    light(event.target.closest(".node, .arrow") ?? held());
  });
  canvas.addEventListener("pointerleave", () => light(held()));
  canvas.addEventListener("focusin", (event) => light(event.target.closest(".node, .arrow")));
  canvas.addEventListener("focusout", () => light(held()));
  canvas.addEventListener("click", (event) => {
    if (dragged) return;
    const target = event.target.closest(".node, .arrow");
    if (target === null) choose(null);
    else if (target.dataset.node) choose({ node: target.dataset.node });
    else choose({ arrow: +target.dataset.arrow });
  });

  /** The nearest box in a direction, straight ahead before aslant. */
  function beside(node, dx, dy) {
    const middle = (one) => {
      const rect = one.querySelector("rect");
      return [+rect.getAttribute("x") + rect.getAttribute("width") / 2,
        +rect.getAttribute("y") + rect.getAttribute("height") / 2];
    };
    const [x, y] = middle(node);
    let best = null, least = Infinity;
    for (const other of nodes()) {
      const [ox, oy] = middle(other);
      const ahead = (ox - x) * dx + (oy - y) * dy, aside = Math.abs((ox - x) * dy) + Math.abs((oy - y) * dx);
      if (ahead > 1 && aside <= 2 * ahead && ahead + aside < least) [best, least] = [other, ahead + aside];
    }
    return best;
  }
  const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  canvas.addEventListener("keydown", (event) => {
    const target = event.target.closest(".node, .arrow");
    if (event.key in directions && target?.dataset.node) {
      const next = beside(target, ...directions[event.key]);
      if (next) {
        reach(next);
        reveal(next);
        next.focus({ preventScroll: true });
      }
      event.preventDefault();
    } else if ((event.key === "Enter" || event.key === " ") && target) {
      target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      event.preventDefault();
    } else if (event.key === "+" || event.key === "=") zoom(1 / 1.3);
    else if (event.key === "-") zoom(1.3);
    else if (event.key === "0") fit(true);
  });
  /** Of each picture one box can be reached by Tab: the one that one was at. */
  function reach(node) {
    for (const other of nodes()) other.setAttribute("tabindex", other === node ? 0 : -1);
  }
  for (const one of sheets) one.querySelector(".node.initial, .node")?.setAttribute("tabindex", 0);

  // --------------------------------------------------------------------------------- what is chosen

  let chosen = null; // {node: id} or {arrow: number}

  function choose(what, { texts = true } = {}) {
    const inside = byId("details").contains(document.activeElement);
    chosen = what;
    remember("node", what?.node ?? null);
    mark();
    if (what === null) {
      closeTexts();
      return;
    }
    if (what.node !== undefined) {
      const thing = data.nodes[what.node];
      if (!thing) return;
      const node = nodeOf(what.node);
      if (node) {
        reach(node);
        reveal(node);
      }
      describeNode(what.node, thing);
      if (texts) showTexts(thing.spec, thing.code);
      say(`${thing.kind} ${thing.label}`);
    } else {
      const arrow = arrowsOf()[what.arrow];
      describeArrow(arrow);
      if (texts) showTexts(arrow.cases[0].spec, arrow.cases[0].code);
      say(arrow.label);
    }
    if (inside) byId("details-title").focus(); // what was pressed there is gone
  }

  function mark() {
    for (const pressed of all("[aria-pressed=true]", canvas)) pressed.setAttribute("aria-pressed", false);
    const target = chosen?.node ? nodeOf(chosen.node)
      : chosen ? sheet?.querySelector(`.arrow[data-arrow="${chosen.arrow}"]`) ?? nodeOf(arrowsOf()[chosen.arrow].from) : null;
    target?.setAttribute("aria-pressed", true);
    light(target ?? null);
  }

  function facts(list) {
    const shown = make("dl");
    for (const [term, text] of list) shown.append(make("dt", { textContent: term }), make("dd", { textContent: text }));
    return shown;
  }

  function describeNode(id, thing) {
    const kinds = { deleted: "state that deletes" };
    const parts = [
      make("h2", { id: "details-title", tabIndex: -1, textContent: thing.label }),
      make("p", { className: "kind", textContent: kinds[thing.kind] ?? thing.kind }),
    ];
    if (thing.note) parts.push(make("p", { className: `note ${thing.mark}`, textContent: thing.note }));
    if (thing.doc) parts.push(make("p", { textContent: thing.doc }));
    parts.push(facts(thing.facts));
    const lists = { "Leads to": [], "Comes from": [] };
    arrowsOf().forEach((arrow, n) => {
      const button = () => make("button", { className: "link", textContent: arrow.label, onclick: () => choose({ arrow: n }) });
      if (arrow.from === id) lists["Leads to"].push(button());
      else if (arrow.to === id) lists["Comes from"].push(button());
    });
    for (const [title, buttons] of Object.entries(lists)) {
      if (!buttons.length) continue;
      parts.push(make("h3", { textContent: title }));
      parts.push(make("ul", {}, ...buttons.map((button) => make("li", {}, button))));
    }
    byId("details").replaceChildren(...parts);
  }

  function describeArrow(arrow) {
    const parts = [
      make("h2", { id: "details-title", tabIndex: -1, textContent: `${data.nodes[arrow.from].label} → ${data.nodes[arrow.to].label}` }),
      make("p", { className: "kind", textContent: arrow.kind }),
    ];
    for (const one of arrow.cases) {
      const [file, line] = one.spec;
      parts.push(make("div", { className: `case ${one.mark}` },
        make("button", { className: "link", textContent: `${file}:${line}`, onclick: () => showTexts(one.spec, one.code) }),
        ...(one.note ? [make("span", { className: "note", textContent: ` ${one.note}` })] : []),
        facts(one.facts)));
    }
    for (const id of [arrow.from, arrow.to]) {
      parts.push(make("button", { className: "link", textContent: data.nodes[id].label, onclick: () => choose({ node: id }) }), " ");
    }
    byId("details").replaceChildren(...parts);
  }

  // -------------------------------------------------------------------- the spec, the code beside it

  const sides = {};
  for (const side of all(".source")) {
    const name = side.dataset.side, files = data[name] ?? {};
    sides[name] = { files, select: side.querySelector("select"), text: side.querySelector(".text"), shown: null };
    sides[name].select.append(...Object.keys(files).map((file) => make("option", { value: file, textContent: file })));
    sides[name].select.addEventListener("change", (event) => open(sides[name], event.target.value));
  }

  function open(side, file, first = 0, last = 0) {
    if (!Object.hasOwn(side.files, file)) return;
    if (side.shown !== file) {
      const marks = side === sides.spec ? data.lines[file] ?? {} : {};
      const lines = side.files[file].split("\n").map((line, n) => make("div", { className: `line ${marks[n + 1] ?? ""}`, textContent: line || " " }));
      side.text.replaceChildren(...lines);
      side.shown = file;
      side.select.value = file;
    }
    for (const line of all(".here", side.text)) line.classList.remove("here");
    const lines = [...side.text.children].slice(first - 1, last);
    if (!first || !lines.length) return;
    for (const line of lines) line.classList.add("here");
    // Not scrollIntoView, which would move the whole page.
    side.text.scrollTop = lines[0].offsetTop - side.text.offsetTop - 40;
  }

  let before = null; // what had the focus when the texts were asked for
  function showTexts(spec, code) {
    if (!byId("sources").contains(document.activeElement)) before = document.activeElement;
    byId("sources").hidden = false;
    if (spec) open(sides.spec, ...spec);
    byId("sources").classList.toggle("alone", !code);
    if (code) open(sides.code, ...code);
  }
  function closeTexts() {
    const inside = byId("sources").contains(document.activeElement);
    byId("sources").hidden = true;
    if (inside) (before?.isConnected ? before : byId("details-title")).focus({ preventScroll: true });
  }
  byId("close").addEventListener("click", closeTexts);
  for (const button of all("button.place")) {
    const line = +button.dataset.line;
    button.addEventListener("click", () => showTexts([button.dataset.file, line, line], null));
  }
  // What cells say is said once for all that say it: a large machine has tens of thousands.
  const marks = { covered: " (covered)", partly: " (partly covered)", missed: " (not covered)" };
  for (const matrix of all(".matrix")) {
    const columns = all("thead th", matrix).map((head) => head.textContent);
    for (const row of all("tbody tr", matrix)) {
      const event = row.cells[0].textContent;
      for (const button of all("button.cell", row)) {
        const { words } = data.cells[button.dataset.said];
        const mark = Object.keys(marks).find((one) => button.parentElement.classList.contains(one));
        button.title = `${event} in ${columns[button.parentElement.cellIndex]}: ${words}${marks[mark] ?? ""}`;
        button.setAttribute("aria-label", `${button.textContent.replaceAll("\n", " ")}: ${button.title}`);
      }
    }
    matrix.addEventListener("click", ({ target }) => {
      if (!target.matches("button.cell")) return;
      const { spec, code } = data.cells[target.dataset.said];
      showTexts(spec, code);
      say(target.title);
    });
  }
  // One cell of a matrix can be reached by Tab; the arrows lead from one to the next.
  for (const matrix of all(".matrix")) {
    const rows = all("tbody tr", matrix).map((row) => all("button", row));
    let reached = null;
    const reachable = (button) => {
      if (reached) reached.tabIndex = -1;
      reached = button;
      reached.tabIndex = 0;
    };
    for (const button of rows.flat()) button.tabIndex = -1;
    reachable(rows[0][0]);
    matrix.addEventListener("keydown", (event) => {
      const row = rows.findIndex((buttons) => buttons.includes(event.target));
      const [dx, dy] = directions[event.key] ?? [0, 0];
      if (row < 0 || (!dx && !dy)) return;
      const place = event.target.closest("td, th").cellIndex;
      const next = dy ? rows[row + dy]?.find((button) => button.closest("td, th").cellIndex >= place)
        : rows[row][rows[row].indexOf(event.target) + dx];
      if (next) { reachable(next); next.focus(); }
      event.preventDefault();
    });
  }
  for (const button of all("button.to-node")) {
    button.addEventListener("click", () => choose({ node: button.dataset.node }));
  }
  byId("show-coverage")?.addEventListener("change", (event) => {
    document.body.classList.toggle("plain", !event.target.checked);
  });

  // ---------------------------------------------------------------------------------------- search

  const search = byId("search"), found = byId("found");
  const index = [];
  for (const [id, thing] of Object.entries(data.nodes)) {
    index.push({ kind: thing.kind, text: thing.label, also: thing.doc, go: () => goTo(id) });
  }
  for (const [view, arrows] of Object.entries(data.arrows)) {
    if (view === "both") continue; // the others have them all
    arrows.forEach((arrow, n) => index.push({
      kind: "arrow", text: arrow.label, also: "",
      go: () => { showTab(tabs[0]); showView(view); choose({ arrow: n }); },
    }));
  }
  for (const [file, text] of Object.entries(data.spec ?? {})) {
    text.split("\n").forEach((line, n) => {
      if (line.trim()) index.push({ kind: `${file}:${n + 1}`, text: line.trim(), also: "", go: () => showTexts([file, n + 1, n + 1], null) });
    });
  }

  function goTo(id) {
    showTab(tabs[0]);
    if (!nodeOf(id)) showView(sheets.find((one) => one.querySelector(`.node[data-node="${CSS.escape(id)}"]`))?.dataset.view);
    choose({ node: id });
  }

  let results = [], at = -1;
  function seek() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = (one) => words.every((word) => `${one.kind} ${one.text} ${one.also}`.toLowerCase().includes(word));
    const exact = (one) => (one.text.toLowerCase() === search.value.trim().toLowerCase() ? 0 : 1);
    results = words.length ? index.filter(matches).sort((a, b) => exact(a) - exact(b)).slice(0, 40) : [];
    found.replaceChildren(...results.map((one, n) => make("li",
      { id: `found-${n}`, attributes: { role: "option", "aria-selected": "false" }, onpointerdown: (event) => { event.preventDefault(); take(n); } },
      make("span", { className: "kind", textContent: one.kind }), ` ${one.text}`)));
    found.hidden = !results.length;
    search.setAttribute("aria-expanded", results.length > 0);
    point(results.length ? 0 : -1);
    say(words.length ? `${results.length} found` : "");
  }
  function point(n) {
    at = n;
    [...found.children].forEach((one, k) => one.setAttribute("aria-selected", k === n));
    if (n < 0) search.removeAttribute("aria-activedescendant");
    else {
      search.setAttribute("aria-activedescendant", `found-${n}`);
      found.children[n].scrollIntoView({ block: "nearest" });
    }
  }
  function take(n) {
    const one = results[n];
    if (!one) return;
    found.hidden = true;
    search.setAttribute("aria-expanded", false);
    one.go();
  }
  search.addEventListener("input", seek);
  search.addEventListener("blur", () => { found.hidden = true; });
  search.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && results.length) {
      point((at + step + results.length) % results.length);
      event.preventDefault();
    } else if (event.key === "Enter") take(at);
    else if (event.key === "Escape") { search.value = ""; seek(); search.blur(); }
  });
  addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && !typing) choose(null);
  });

  // ----------------------------------------------------------------------------------------- player

  let story = null, step = 0, timer = null;

  function tell(n) {
    story = data.stories[n];
    byId("told").hidden = !story.told;
    byId("told").textContent = story.told;
    byId("steps").start = story.first;
    byId("steps").replaceChildren(...story.steps.map((one, k) => make("li", {},
      make("button", { className: "link", textContent: one.sentence, onclick: () => go(k) }))));
    go(0);
  }

  function go(n) {
    step = Math.min(Math.max(n, 0), story.steps.length - 1);
    const last = step === story.steps.length - 1;
    [...byId("steps").children].forEach((one, k) => {
      if (k === step) one.setAttribute("aria-current", "step");
      else one.removeAttribute("aria-current");
    });
    const here = byId("steps").children[step];
    if (here) byId("steps").scrollTop = here.offsetTop - byId("steps").offsetTop - 40;
    byId("at").textContent = `${step + 1} of ${story.steps.length}`;
    const one = story.steps[step];
    const parts = [make("p", { className: "sentence", textContent: one?.sentence ?? "" })];
    if (one?.changes.length) {
      const rows = one.changes.map(([whose, field, before, after]) => make("tr", {},
        make("th", { scope: "row", textContent: whose ? `${whose} ${field}` : field }),
        make("td", { textContent: before ?? "–" }), make("td", { textContent: after ?? "gone" })));
      const head = make("tr", {}, ...["Changed", "Before", "After"].map((text) => make("th", { scope: "col", textContent: text })));
      parts.push(make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
    }
    if (one?.emitted.length) {
      parts.push(make("h3", { textContent: "Instructions" }));
      parts.push(make("ul", {}, ...one.emitted.map(([id, text]) => make("li", {},
        make("button", { className: "link", textContent: text, onclick: () => goTo(id) })))));
    }
    if (last) {
      parts.push(make("p", { className: "failure", textContent: story.failure }));
      if (story.open.length) parts.push(make("p", { textContent: `Open: ${story.open.join(", ")}` }));
      if (story.again !== null) parts.push(make("p", { textContent: `From step ${story.again + story.first} on it goes round for ever.` }));
      stop();
    }
    byId("step").replaceChildren(...parts);
    say([one?.sentence, ...(one?.changes ?? []).map(([whose, field, , after]) => `${whose} ${field} ${after ?? "gone"}`)].join(" "));
    drawStep();
  }

  /** Where everything is after this step, and where it went in it. */
  function drawStep() {
    for (const old of all(".here, .went", canvas)) old.classList.remove("here", "went");
    for (const old of all(".token", canvas)) old.remove();
    for (const row of all("tr[data-event]")) row.classList.remove("here");
    if (!story || !sheet || !story.steps.length) return;
    const where = new Map();
    story.steps.slice(0, step + 1).forEach((one) => one.moves.forEach(({ whose, way, gone }) => {
      if (gone) where.delete(whose);
      else where.set(whose, way.at(-1));
    }));
    const inside = new Map();
    for (const [whose, id] of where) inside.set(id, [...(inside.get(id) ?? []), whose]);
    for (const [id, names] of inside) token(id, names);
    const one = story.steps[step];
    for (const { way } of one.moves) {
      way.forEach((id, n) => {
        if (n === way.length - 1) nodeOf(id)?.classList.add("here");
        const arrow = n && sheet.querySelector(`.arrow.becomes[data-from="${CSS.escape(way[n - 1])}"][data-to="${CSS.escape(id)}"]`);
        if (arrow) arrow.classList.add("went");
      });
    }
    for (const id of [one.event, ...one.emitted.map(([id]) => id)]) if (id) nodeOf(id)?.classList.add("here");
    for (const row of all("tr[data-event]")) row.classList.toggle("here", row.dataset.event === one.event);
  }

  function token(id, names) {
    const node = nodeOf(id), rect = node?.querySelector("rect");
    if (!rect) return;
    const draw = (tag, attributes, text = "") => {
      const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      element.textContent = text;
      return element;
    };
    const x = +rect.getAttribute("x") + +rect.getAttribute("width") - 4, y = +rect.getAttribute("y") + 2;
    const group = draw("g", { class: "token", "data-of": id, "aria-hidden": true });
    group.append(draw("circle", { cx: x, cy: y, r: 10 }), draw("text", { x, y: y + 4 }, String(names.length)), draw("title", {}, names.join(", ")));
    node.parentNode.append(group);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    byId("play").textContent = "Play";
    byId("play").setAttribute("aria-pressed", false);
  }
  if (data.stories.length) {
    byId("story").addEventListener("change", (event) => { stop(); tell(+event.target.value); });
    byId("first").addEventListener("click", () => go(0));
    byId("back").addEventListener("click", () => go(step - 1));
    byId("next").addEventListener("click", () => go(step + 1));
    byId("last").addEventListener("click", () => go(story.steps.length - 1));
    byId("play").addEventListener("click", () => {
      if (timer) return stop();
      if (step === story.steps.length - 1) go(0);
      byId("play").textContent = "Pause";
      byId("play").setAttribute("aria-pressed", true);
      timer = setInterval(() => go(step + 1), 1200);
    });
    byId("player").addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by && !event.target.closest("select")) { go(step + by); event.preventDefault(); }
    });
    tell(0);
  }

  // ----------------------------------------------------------------------------------------- at last

  const tab = byId(`tab-${address.get("tab")}`);
  if (address.has("view") && sheet) showView(address.get("view"));
  settle();
  if (tab) showTab(tab);
  if (Object.hasOwn(data.nodes, address.get("node") ?? "")) choose({ node: address.get("node") });
  if (data.version !== null) {
    const news = new EventSource("events");
    news.onmessage = (event) => { if (+event.data !== data.version) location.reload(); };
  }
  document.body.dataset.ready = "yes";
})();
