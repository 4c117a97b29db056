// A tree as rows: the arrow opens a branch, the name opens the cluster.
const opened = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector("section");
  host.className = "tree";
  host.setAttribute("role", "treegrid");
  host.setAttribute("aria-label", data.name);
  if (!opened.has(parentElement)) opened.set(parentElement, new Set(data.rows.filter((row) => row.open).map((row) => row.id)));
  const open = opened.get(parentElement);
  const parents = new Map(data.rows.map((row) => [row.id, row.parent]));
  // beside all of it together, the parts of a topic would be stubs: it has a number and no bar
  const tops = data.rows.filter((row) => !parents.has(row.parent));
  const whole = tops.length === 1 && data.rows.length > 1 ? tops[0] : null;
  const widest = Math.max(...data.rows.map((row) => (row === whole ? 0 : row.count || 0)), 1);
  const lines = new Map();

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const cell = (made, role = "gridcell") => {
    made.setAttribute("role", role);
    return made;
  };
  const flagged = ([words, colour]) => {
    const flag = element("span", "flag", words);
    flag.style.color = colour;
    return flag;
  };
  const refresh = () => {
    for (const [id, line] of lines) {
      let parent = parents.get(id);
      let visible = true;
      while (parent && parents.has(parent)) {
        visible = visible && open.has(parent);
        parent = parents.get(parent);
      }
      line.hidden = !visible;
      const toggle = line.querySelector(".toggle");
      if (toggle) {
        toggle.textContent = open.has(id) ? "▾" : "▸";
        line.setAttribute("aria-expanded", String(open.has(id)));
      }
    }
  };
  const flip = (id, wanted) => {
    wanted ? open.add(id) : open.delete(id);
    refresh();
  };

  const short = data.titles.length < 3;
  host.classList.toggle("short", short);
  const title = (className, text) => cell(element("span", className, text), "columnheader");
  const head = cell(element("div", "row head"), "row");
  head.append(element("span"), title("", data.titles[0]), title("number", data.titles[1]));
  if (!short) head.append(element("span", "track"), title("trend", data.titles[2]));
  host.replaceChildren(head);
  for (const row of data.rows) {
    const line = element("div", row.level === 0 ? "row top" : "row");
    line.setAttribute("role", "row");
    line.setAttribute("aria-level", row.level + 1);
    if (row.is_leaf) {
      const dot = element("span", "dot");
      dot.style.background = row.colour;
      line.append(dot);
    }
    else {
      const toggle = element("button", "toggle");
      toggle.setAttribute("aria-label", `Open or close ${row.name}`);
      toggle.onclick = () => flip(row.id, !open.has(row.id));
      cell(line.appendChild(element("span"))).append(toggle);
    }
    const name = element("button", "name", row.name);
    name.style.marginLeft = `${row.level * 18}px`;
    name.style.maxWidth = `calc(100% - ${row.level * 18}px)`;
    name.title = row.name;
    name.onclick = () => (row.colour ? setTriggerValue("open", row.id) : flip(row.id, !open.has(row.id)));
    const named = cell(element("span"));
    named.style.minWidth = "0";
    named.append(name);
    const number = cell(element("span", "number", row.count === undefined ? "" : row.count.toLocaleString("en")));
    if (short && row.flag) number.append(flagged(row.flag));
    number.append(element("small", "", ` ${row.note}`));
    const track = element("span", "track");
    const bar = element("span", "bar");
    bar.style.cssText = `display: block; width: ${(100 * row.count) / widest}%; background: ${row.colour}`;
    if (row !== whole) track.append(bar);
    const trend = cell(element("span", "trend"));
    if (row.flag) trend.append(flagged(row.flag));
    trend.append(sparkline(row.line));
    line.append(named, number);
    if (!short) line.append(track, trend);
    line.onkeydown = (event) => {
      if (event.key === "ArrowRight" && !row.is_leaf) flip(row.id, true);
      else if (event.key === "ArrowLeft" && !row.is_leaf) flip(row.id, false);
      else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        const seen = [...host.querySelectorAll(".row:not(.head):not([hidden]) .name")];
        const next = seen[seen.indexOf(name) + (event.key === "ArrowDown" ? 1 : -1)];
        if (next) next.focus();
      } else return;
      event.preventDefault();
    };
    lines.set(row.id, line);
    host.append(line);
  }
  refresh();
}

function sparkline(values) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 66 20");
  svg.setAttribute("aria-hidden", "true");
  if (values && values.length > 1) {
    const most = Math.max(...values, 1);
    const path = values.map((value, i) => `${i ? "L" : "M"}${((i * 64) / (values.length - 1) + 1).toFixed(1)} ${(18 - (16 * value) / most).toFixed(1)}`);
    const line = svg.appendChild(document.createElementNS(space, "path"));
    line.setAttribute("d", path.join(""));
    line.setAttribute("fill", "none");
    line.setAttribute("stroke", "currentColor");
    line.setAttribute("stroke-width", "1.5");
  }
  return svg;
}
