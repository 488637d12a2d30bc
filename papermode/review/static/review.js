"use strict";
// The keyboard on the review page. What is settled is decided by the server: this script only asks.

(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const element = document.getElementById("data");
  const data = element ? JSON.parse(element.textContent) : { texts: {} };
  const page = document.body.dataset.page || "";
  const lane = data.lane && data.lane !== "clerk" ? `?lane=${data.lane}` : "";
  let seen = data.seen;
  let chain = Promise.resolve(); // steps reach the server one after the other, in the order of the keys
  let leaving = ""; // where to

  const say = (text) => { one("#say").textContent = text; };
  const alarm = (text) => { one("#alarm").textContent = text; };
  const go = (path) => { leaving = path; window.location.assign(path); };

  async function post(path, body) {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { ok: answer.ok, status: answer.status, ...(await answer.json()) };
  }

  // Ask for a step on this sheet. `then` gets the answer; a refusal is said aloud.
  function step(name, body, then, refused) {
    chain = chain.then(async () => {
      if (leaving) return;
      let answer;
      try {
        answer = await post(`/sheet/${data.sheet}/${name}${lane}`, { seen, ...body });
      } catch {
        answer = { error: data.texts.failed };
      }
      if (answer.ok) {
        if (answer.seen !== undefined) seen = answer.seen;
        if (then) then(answer);
        if (answer.go) go(answer.go);
      } else {
        alarm(answer.error || answer.ask);
        if (refused) refused(answer);
        if (answer.reload) setTimeout(() => window.location.reload(), 2500);
        if (answer.status === 401) setTimeout(() => go("/"), 2500);
      }
    });
  }

  // The picture

  const picture = document.getElementById("page");
  let size = 0;
  let turned = 0;

  function zoom(by) {
    if (!picture) return;
    size = Math.min(4, Math.max(0, size + by));
    picture.setAttribute("class", `zoom${size}`);
    centre();
  }

  function turn(by) {
    if (!picture || !document.getElementById("scan")) return;
    turned = (turned + by) % 360;
    const image = document.getElementById("scan");
    const [w, h] = [image.width.baseVal.value, image.height.baseVal.value];
    const flat = turned % 180 === 0;
    picture.setAttribute("viewBox", flat ? `0 0 ${w} ${h}` : `0 0 ${h} ${w}`);
    const [x, y] = flat ? [w / 2, h / 2] : [h / 2, w / 2];
    document.getElementById("turn").setAttribute(
      "transform", `translate(${x} ${y}) rotate(${turned}) translate(${-w / 2} ${-h / 2})`);
  }

  function centre() {
    const box = one(".box.here");
    const frame = one(".frame");
    if (!box || !frame) return;
    const [b, f] = [box.getBoundingClientRect(), frame.getBoundingClientRect()];
    frame.scrollBy(b.left + b.width / 2 - f.left - f.width / 2, b.top + b.height / 2 - f.top - f.height / 2);
  }

  function show(field) {
    all(".box.here").forEach((b) => b.classList.remove("here"));
    const box = field && document.getElementById(field.dataset.box);
    if (box) { box.classList.add("here"); centre(); }
  }

  // Fields

  const fieldOf = (target) => (target instanceof Element ? target.closest(".field[data-key]") : null);
  const marks = (field) => all("input[type=radio], input[type=checkbox]", field);
  const entry = (field) => one("input[type=text]", field);
  const open = () => all(".field.doubt");

  function focusOn(field) {
    const details = field.closest("details");
    if (details) details.open = true;
    const target = entry(field) || marks(field).find((m) => m.checked) || marks(field)[0];
    if (!target) return;
    target.focus({ preventScroll: true });
    if (target.type === "text") target.select();
    field.scrollIntoView({ block: "nearest" }); // with the margins that the printed name needs
  }

  function valueOf(field) {
    if (field.dataset.kind !== "mark") return entry(field).value;
    const chosen = marks(field).filter((m) => m.checked).map((m) => m.value);
    return field.dataset.multiple !== undefined ? chosen : chosen[0] || null;
  }

  function ready() {
    const left = open().length;
    const counter = document.getElementById("left");
    if (counter) counter.textContent = data.texts.left.replace("{n}", left);
    if (left) return;
    const confirm = document.getElementById("confirm");
    if (confirm) { confirm.focus(); say(data.texts.ready); }
  }

  function onwards(from) {
    const fields = open();
    const next = fields.find((f) => from.compareDocumentPosition(f) & Node.DOCUMENT_POSITION_FOLLOWING) || fields[0];
    if (next) focusOn(next); else ready();
  }

  // What is not clear about the times on the page, beside the fields in which they begin.
  function tell(times) {
    const texts = new Map(times.map(([key, text]) => [JSON.stringify(key), text]));
    all(".field .time").forEach((note) => {
      note.textContent = texts.get(JSON.stringify(JSON.parse(fieldOf(note).dataset.key))) || "";
    });
  }

  // What the server would ask, asked at once: nothing at all, or a number that is not plausible.
  function question(field) {
    const value = valueOf(field);
    const text = Array.isArray(value) ? value.join("") : (value || "").trim();
    if (!text) return field.classList.contains("doubt") ? data.texts.empty : "";
    if (field.dataset.number === undefined) return "";
    const [number, low, high] = [Number(text.replace(",", ".")), field.dataset.low, field.dataset.high];
    if ((low === "" || number >= Number(low)) && (high === "" || number <= Number(high))) return "";
    return Number.isNaN(number) ? "" : data.texts.range.replace("{low}", low || "…").replace("{high}", high || "…");
  }

  function settle(field, outcome) {
    alarm("");
    const asked = outcome === "entered" && field.dataset.sure !== "1" ? question(field) : "";
    if (asked) { alarm(asked); field.dataset.sure = "1"; focusOn(field); return; }
    const was = [...field.classList];
    field.classList.remove("doubt");
    field.classList.add("settled");
    const body = { key: JSON.parse(field.dataset.key), outcome, value: valueOf(field), sure: field.dataset.sure === "1" };
    const box = document.getElementById(field.dataset.box);
    step("answer", body, (answer) => {
      field.dataset.sure = "";
      if (box) box.classList.remove("doubt");
      if (entry(field)) entry(field).defaultValue = entry(field).value;
      tell(answer.times);
      say(data.texts.kept);
      ready();
    }, (answer) => {
      field.className = was.join(" ");
      if (answer.ask) field.dataset.sure = "1";
      focusOn(field);
    });
    onwards(field);
  }

  function choose(field, key) {
    const found = marks(field);
    const label = (m) => m.dataset.label.toLowerCase();
    const same = found.filter((m) => label(m) === key);
    const begins = found.filter((m) => label(m).startsWith(key));
    const mark = same[0] || (begins.length === 1 ? begins[0] : null) || found[Number(key) - 1] || begins[0];
    if (!mark) return false;
    mark.checked = mark.type === "checkbox" ? !mark.checked : true;
    mark.focus();
    return true;
  }

  const OUTCOMES = { F2: "image-only", F4: "needs-nurse", F8: "rescan", F9: "pharmacy" };
  const ASIDES = { F8: "duplicate", F2: "blank", F9: "not-ours" };

  let asked = ""; // what the server asked about: the same key once more means it

  // A step that the server may ask about first; `what` tells it from others.
  function ask(name, what, body) {
    const sure = asked === what;
    asked = "";
    alarm("");
    step(name, { ...body, sure }, null, (answer) => { if (answer.ask) asked = what; });
  }
  const aside = (outcome) => ask("aside", outcome, { outcome });

  function decide(outcome, whole) {
    const field = fieldOf(document.activeElement) || lastField;
    if (whole || (!field && page === "sheet")) {
      if (outcome === "rescan") aside(outcome);
      else ask("outcome", `page ${outcome}`, { outcome });
    } else if (field) settle(field, outcome);
  }

  function undo() {
    const target = document.activeElement;
    if (target instanceof HTMLInputElement && target.type === "text" && target.value !== target.defaultValue) {
      target.value = target.defaultValue;
      target.select();
      return;
    }
    if (data.sheet) step("undo", {});
    else post("/undo", {}).then((answer) => (answer.ok ? go(answer.go) : alarm(answer.error)));
  }

  let lastField = null;
  document.addEventListener("focusin", (event) => {
    const field = event.target.closest ? event.target.closest(".field[data-box]") : null;
    if (!field) return;
    lastField = fieldOf(field);
    show(field);
  });
  document.addEventListener("input", (event) => {
    const field = fieldOf(event.target);
    if (field) field.dataset.sure = "";
  });

  const free = (target) => target instanceof HTMLInputElement && ["text", "search"].includes(target.type)
    && !(fieldOf(target) && fieldOf(target).dataset.number !== undefined);
  const signed = (field) => field && field.dataset.number !== undefined && !(parseFloat(field.dataset.low) >= 0);

  function plain(event) {
    const field = fieldOf(event.target);
    // Neither a name, a number nor a code has a star, and a page that nobody can read may lie upside down.
    if (event.key === "*" && (page === "bind" || !free(event.target))) { turn(90); return true; }
    if (!free(event.target)) {
      if (event.key === "+") { zoom(1); return true; }
      if (event.key === "-" && !signed(field)) { zoom(-1); return true; }
    }
    if (event.key === "Enter" && field) { settle(field, "entered"); return true; }
    if (field && field.dataset.kind === "mark") {
      if (["Delete", "Backspace"].includes(event.key)) { marks(field).forEach((m) => { m.checked = false; }); return true; }
      if (/^[\p{L}\p{N}]$/u.test(event.key)) return choose(field, event.key.toLowerCase());
    }
    if (/^[1-9]$/.test(event.key) && !free(event.target) && !field) {
      const button = all("[data-witness], [data-same], [data-second=yes]")[Number(event.key) - 1];
      if (button) { button.click(); return true; }
    }
    return false;
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const control = event.ctrlKey || event.metaKey;
    // A key that is held down decides once: an elbow on Enter must not accept a page.
    if (event.repeat && (/^(Enter| |F\d+)$/.test(event.key) || (control && event.key.toLowerCase() === "z"))) {
      if (event.key !== " " || !free(event.target)) event.preventDefault();
      return;
    }
    let done = false;
    if (control && !event.altKey && event.key.toLowerCase() === "z") { undo(); done = true; }
    else if (control && !event.altKey && ["sheet", "bind"].includes(page) && ASIDES[event.key] && one("[data-aside]")) {
      aside(ASIDES[event.key]);
      done = true;
    }
    else if (control || event.altKey) return;
    else if (page === "sheet" && OUTCOMES[event.key]) { decide(OUTCOMES[event.key], event.shiftKey); done = true; }
    else if (page === "bind" && event.key === "F8") { aside("rescan"); done = true; }
    else if (event.key === "Escape" && data.sheet) { go(`/${lane}`); done = true; }
    else if (event.key === "PageDown" || event.key === "PageUp") {
      const link = document.getElementById(event.key === "PageDown" ? "after" : "before");
      if (link) { go(link.href); done = true; }
    } else done = plain(event);
    if (done) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const d = button.dataset;
    if (d.zoom) zoom(Number(d.zoom));
    else if (d.turn) turn(Number(d.turn));
    else if (d.outcome) decide(d.outcome, event.shiftKey);
    else if (d.aside) aside(d.aside);
    else if (d.witness) step("witness", { yes: d.witness === "yes" });
    else if (d.same) step("same", { same: d.same === "yes" });
    else if (d.second) step("second", { yes: d.second === "yes", note: d.second === "no" ? one("#note").value : "" });
    else if (button.id === "confirm") ask("confirm", "confirm", {});
    else if (button.id === "undo") undo();
    else if (button.id === "leave") post("/leave", {}).then(() => go("/"));
  });

  all("form").forEach((form) => form.addEventListener("submit", (event) => event.preventDefault()));

  // Whose page it is

  function options(box, name, entries) {
    const target = one("div", box);
    target.replaceChildren(...entries.map(({ value, text }) => {
      const label = document.createElement("label");
      const input = document.createElement("input");
      Object.assign(input, { type: "radio", name, value });
      label.append(input, ` ${text}`);
      return label;
    }));
    box.hidden = !entries.length;
  }

  // What a scanner with a US layout meant, by the keys themselves (KeyboardEvent.code), whatever layout is set.
  const US = { Space: " ", Minus: "-", Period: "." };
  function usKey(event) {
    if (/^Key[A-Z]$/.test(event.code)) return event.code[3];
    if (event.code === "Digit5" && event.shiftKey) return "%";
    if (/^Digit\d$/.test(event.code)) return event.code[5];
    return US[event.code] || "";
  }

  function binding() {
    const search = document.getElementById("search");
    const code = document.getElementById("code");
    const [people, printed] = [document.getElementById("people"), document.getElementById("printed")];
    const button = document.getElementById("chosen");
    if (!search) return;
    const isBind = document.body.dataset.step === "bind";
    let found = [];
    let keys = "";

    const chosen = () => found.find((p) => p.mrn === (one("input:checked", people) || {}).value);
    const place = () => { const c = one("input:checked", printed); return c && c.value ? JSON.parse(c.value) : null; };
    const enable = () => { button.disabled = !chosen() || (isBind && !one("input:checked", printed)); };

    function pagesOf(person, at) {
      if (!isBind) { enable(); return; }
      const entries = person.pages.map((p) => ({ value: JSON.stringify(p.place), text: p.title }));
      options(printed, "place", [...entries, { value: "", text: data.texts.other }]);
      const wanted = at && all("input", printed).find((i) => i.value === JSON.stringify(at));
      if (wanted) wanted.checked = true;
      enable();
    }

    function list(persons) {
      found = persons;
      options(people, "mrn", persons.map((p) => (
        { value: p.mrn, text: [p.name, p.mrn, p.birth_date, p.ward].filter(Boolean).join(" · ") })));
      printed.hidden = true;
      enable();
      alarm(persons.length ? "" : data.texts.none);
    }

    async function look() {
      const answer = await post("/people", { text: search.value });
      if (!answer.ok) { alarm(answer.error); return; }
      list(answer.people);
      if (found.length) { one("input", people).checked = true; one("input", people).focus(); pagesOf(found[0]); }
    }

    async function recognise() {
      const typed = [code.value, keys].filter(Boolean);
      const answer = await post("/recognise", { typed });
      keys = "";
      code.value = "";
      if (!answer.ok) { alarm(answer.error); return; }
      list([answer.person]);
      one("input", people).checked = true;
      pagesOf(answer.person, answer.place);
      button.focus();
    }

    people.addEventListener("change", () => pagesOf(chosen()));
    printed.addEventListener("change", enable);
    button.addEventListener("click", () => (isBind
      ? step("bind", { mrn: chosen().mrn, place: place() })
      : step("link", { mrn: chosen().mrn })));
    search.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); look(); } });
    if (code) {
      code.addEventListener("keydown", (event) => {
        if (event.key === "Enter") { event.preventDefault(); recognise(); } else keys += usKey(event);
      });
      code.addEventListener("input", () => { if (!code.value) keys = ""; });
    }
    [people, printed].forEach((box) => box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (box === people && isBind && !printed.hidden) (one("input:checked", printed) || one("input", printed)).focus();
      else button.focus();
    }));
    (code || search).focus();
  }

  // Start

  if (page === "sheet") {
    const fields = open();
    if (fields.length) focusOn(fields[0]); else ready();
  } else if (page === "bind") binding();
  else if (page === "queue") { const start = document.getElementById("start"); if (start) start.focus(); }
  else one("#main").focus();

  if (data.sheet) {
    setInterval(() => post(`/sheet/${data.sheet}/stay`, {}).catch(() => {}), 120000);
    window.addEventListener("pagehide", () => {
      if (leaving.includes(data.sheet)) return; // the same sheet is shown anew
      fetch(`/sheet/${data.sheet}/go`, {
        method: "POST", keepalive: true, headers: { "content-type": "application/json" }, body: "{}",
      });
    });
  }
})();
