// A map of points on a canvas: drag or arrow keys to move, wheel, pinch or + and - to zoom, 0 to see everything.
const maps = new WeakMap();

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let map = maps.get(parentElement);
  if (!map) {
    map = createMap(parentElement, setTriggerValue);
    maps.set(parentElement, map);
  }
  map.show(data);
  return () => {
    map.close();
    maps.delete(parentElement);
  };
}

function unpacked(text, Kind) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Kind(bytes.buffer);
}

function createMap(root, setTriggerValue) {
  const host = root.querySelector("section");
  host.className = "map";
  const frame = host.appendChild(document.createElement("div"));
  frame.className = "frame";
  const canvas = frame.appendChild(document.createElement("canvas"));
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute(
    "aria-label",
    "Map of conversations. Arrow keys move, plus and minus zoom, 0 shows everything. The page Topics says the same as a tree.",
  );
  const tip = frame.appendChild(document.createElement("div"));
  tip.className = "tip";
  tip.hidden = true;
  const tools = frame.appendChild(document.createElement("div"));
  tools.className = "tools";
  const legend = host.appendChild(document.createElement("ul"));
  legend.className = "legend";

  const pen = canvas.getContext("2d");
  let points = { xs: [], ys: [], colour: [], label: [], colours: [], labels: [] };
  let view = { x: 0, y: 0, scale: 1 };
  let whole = view;
  let drawn = []; // boxes of the labels on the screen
  let only = null; // index of the one colour that is shown
  let grid = new Map(); // points by cell, for finding the one under the pointer
  let cell = 1;
  let waiting = 0;
  let shown = "";

  let middle = [0, 0]; // of the canvas; asking the page for it once per point would be slow
  const across = (x) => middle[0] + (x - view.x) * view.scale;
  const down = (y) => middle[1] - (y - view.y) * view.scale;

  function tool(text, name, action) {
    const button = tools.appendChild(document.createElement("button"));
    button.textContent = text;
    button.title = name;
    button.setAttribute("aria-label", name);
    button.onclick = action;
  }
  tool("+", "Zoom in", () => zoom(1.5));
  tool("−", "Zoom out", () => zoom(1 / 1.5));
  tool("⤢", "Show everything", () => move(whole));

  function move(next) {
    view = { ...next };
    later();
  }

  function zoom(factor, atX = canvas.clientWidth / 2, atY = canvas.clientHeight / 2) {
    const scale = Math.min(Math.max(view.scale * factor, whole.scale / 2), whole.scale * 200);
    const x = view.x + (atX - canvas.clientWidth / 2) / view.scale;
    const y = view.y - (atY - canvas.clientHeight / 2) / view.scale;
    move({
      x: x - (atX - canvas.clientWidth / 2) / scale,
      y: y + (atY - canvas.clientHeight / 2) / scale,
      scale,
    });
  }

  // the view of the chosen points, but for the part `edge` at each side
  function fitted(chosen = () => true, edge = 0) {
    const [[left, right], [bottom, top]] = [points.xs, points.ys].map((all) => {
      const sorted = all.filter((_, i) => chosen(i)).sort();
      return [edge, 1 - edge].map((part) => sorted[Math.round(part * (sorted.length - 1))]);
    });
    if (left === undefined) return null;
    const scale = Math.min(
      (canvas.clientWidth * 0.92) / Math.max(right - left, 0.5),
      (canvas.clientHeight * 0.88) / Math.max(top - bottom, 0.5),
    );
    return { x: (left + right) / 2, y: (bottom + top) / 2, scale };
  }

  function later() {
    if (!waiting) waiting = requestAnimationFrame(draw);
  }

  function draw() {
    waiting = 0;
    const began = performance.now();
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    middle = [width / 2, height / 2];
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const closer = Math.log2(view.scale / whole.scale);
    const crowd = points.xs.length > 20000 ? 1.1 : points.xs.length > 4000 ? 1.8 : 3;
    const radius = Math.min(crowd * Math.pow(1.28, Math.max(closer, 0)), 6);
    const visible = points.byColour.map((places, kind) =>
      only !== null && kind !== only ? [] : places.filter((i) => {
        const x = across(points.xs[i]);
        const y = down(points.ys[i]);
        return x > -8 && y > -8 && x < width + 8 && y < height + 8;
      }),
    );
    if (visible.reduce((sum, places) => sum + places.length, 0) > 4000) drawCrowd(visible, Math.max(1, Math.round(radius * ratio * 2)), ratio);
    else drawCircles(visible, radius);
    drawLabels(width, height, closer);
    frame.dataset.scale = (view.scale / whole.scale).toFixed(3);
    frame.dataset.labels = drawn.length;
    frame.dataset.milliseconds = (performance.now() - began).toFixed(1);
    frame.dataset.boxes = JSON.stringify(drawn.map((box) => [box.left, box.top, box.right, box.bottom]));
  }

  function drawCircles(visible, radius) {
    pen.globalAlpha = 0.75;
    visible.forEach((places, kind) => {
      pen.fillStyle = points.colours[kind];
      pen.beginPath();
      for (const i of places) {
        const [x, y] = [across(points.xs[i]), down(points.ys[i])];
        pen.moveTo(x + radius, y);
        pen.arc(x, y, radius, 0, 6.2832);
      }
      pen.fill();
    });
    pen.globalAlpha = 1;
  }

  // Paths of many thousand shapes take a third of a second without a graphics card; pixels take a few milliseconds.
  function drawCrowd(visible, size, ratio) {
    const [width, height] = [canvas.width, canvas.height];
    const image = pen.createImageData(width, height);
    const pixels = image.data.fill(252);
    for (let place = 3; place < pixels.length; place += 4) pixels[place] = 255;
    visible.forEach((places, kind) => {
      const colour = [1, 3, 5].map((start) => parseInt(points.colours[kind].slice(start, start + 2), 16));
      for (const i of places) {
        const left = Math.round(across(points.xs[i]) * ratio - size / 2);
        const top = Math.round(down(points.ys[i]) * ratio - size / 2);
        for (let y = Math.max(top, 0); y < Math.min(top + size, height); y++)
          for (let x = Math.max(left, 0); x < Math.min(left + size, width); x++) {
            const place = (y * width + x) * 4;
            for (let part = 0; part < 3; part++) pixels[place + part] += (colour[part] - pixels[place + part]) * 0.55;
          }
      }
    });
    pen.putImageData(image, 0, 0);
  }

  function drawLabels(width, height, closer) {
    drawn = [];
    const widest = Math.min(230, width * 0.42);
    const deepest = closer < 0.5 ? 0 : closer < 1.6 ? 1 : 9;
    const room = Math.max(6, Math.round((width * height) / 26000));
    // from far away the topics speak, from near the clusters
    const ordered = closer > 1.2 ? [...points.labels].reverse().sort((a, b) => b[4] - a[4] || b[5] - a[5]) : points.labels;
    for (const [id, name, x, y, level, count] of ordered) {
      if (drawn.length >= room) break;
      if (level > deepest || x === null || (!count && count !== null)) continue;
      const size = level === 0 ? 14 : 12.5;
      pen.font = `${level === 0 ? 650 : 500} ${size}px ${getComputedStyle(host).fontFamily}`;
      const lines = wrapped(name, widest);
      const wide = Math.max(...lines.map((line) => pen.measureText(line).width)) + 10;
      const high = lines.length * (size + 3) + 4;
      const centre = across(x);
      // a label that would stick out at the side is moved in; one whose place is not on the screen is not drawn
      if (centre < 0 || centre > width || down(y) < 0 || down(y) > height) continue;
      const left = Math.min(Math.max(centre - wide / 2, 4), width - wide - 4);
      const top = Math.min(Math.max(down(y) - high / 2, 4), height - high - 4);
      const box = { id, name, count, left, top, right: left + wide, bottom: top + high };
      const hits = (other) =>
        box.left < other.right + 4 && box.right + 4 > other.left && box.top < other.bottom + 3 && box.bottom + 3 > other.top;
      if (drawn.some(hits) || hits({ left: width - 52, right: width, top: 0, bottom: 126 })) continue;
      drawn.push(box);
      Object.assign(pen, { fillStyle: "#1d2a30", strokeStyle: "white", lineWidth: 5, lineJoin: "round", textAlign: "center", textBaseline: "top" });
      // white around the letters, so that a name can be read on its points and hides few of them
      lines.forEach((line, number) => pen.strokeText(line, left + wide / 2, top + 3 + number * (size + 3)));
      lines.forEach((line, number) => pen.fillText(line, left + wide / 2, top + 3 + number * (size + 3)));
    }
  }

  function wrapped(text, widest) {
    const lines = [""];
    for (const word of text.split(/\s+/)) {
      const line = lines[lines.length - 1];
      const longer = line ? `${line} ${word}` : word;
      if (pen.measureText(longer).width <= widest || !line) lines[lines.length - 1] = longer;
      else if (lines.length < 2) lines.push(word);
      else {
        lines[1] += " …";
        break;
      }
    }
    return lines.map((line) => {
      let cut = line;
      while (cut.length > 3 && pen.measureText(cut).width > widest) cut = `${cut.slice(0, -2)}…`;
      return cut;
    });
  }

  function labelAt(x, y) {
    return drawn.find((box) => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom);
  }

  function pointAt(x, y) {
    const px = view.x + (x - canvas.clientWidth / 2) / view.scale;
    const py = view.y - (y - canvas.clientHeight / 2) / view.scale;
    const reach = 8 / view.scale;
    let best = -1;
    let nearest = reach * reach;
    const steps = Math.min(Math.ceil(reach / cell), 4);
    for (let column = -steps; column <= steps; column++)
      for (let row = -steps; row <= steps; row++)
        for (const i of grid.get(`${Math.floor(px / cell) + column},${Math.floor(py / cell) + row}`) || []) {
          if (only !== null && points.colour[i] !== only) continue;
          const distance = (points.xs[i] - px) ** 2 + (points.ys[i] - py) ** 2;
          if (distance < nearest) [best, nearest] = [i, distance];
        }
    return best;
  }

  // pointers: one drags, two pinch
  const fingers = new Map();
  let start = null;
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
    start = { x: event.offsetX, y: event.offsetY, moved: false };
  };
  canvas.onpointermove = (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return point(event);
    const [dx, dy] = [event.offsetX - before[0], event.offsetY - before[1]];
    if (Math.hypot(event.offsetX - start.x, event.offsetY - start.y) > 4) start.moved = true;
    if (fingers.size === 2) {
      const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
      const far = (finger) => Math.hypot(finger[0] - other[0], finger[1] - other[1]);
      zoom(far([event.offsetX, event.offsetY]) / Math.max(far(before), 1), other[0], other[1]);
    } else move({ x: view.x - dx / view.scale, y: view.y + dy / view.scale, scale: view.scale });
    fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
    tip.hidden = true;
  };
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    fingers.delete(event.pointerId);
    if (event.type === "pointercancel" || !start || start.moved) return;
    const label = labelAt(event.offsetX, event.offsetY);
    const found = label ? -1 : pointAt(event.offsetX, event.offsetY);
    if (label) setTriggerValue("cluster", label.id);
    else if (found >= 0) setTriggerValue("point", found);
  };
  canvas.onpointerleave = () => (tip.hidden = true);

  function point(event) {
    const label = labelAt(event.offsetX, event.offsetY);
    const found = label ? -1 : pointAt(event.offsetX, event.offsetY);
    canvas.style.cursor = label || found >= 0 ? "pointer" : "grab";
    tip.hidden = !label && found < 0;
    if (tip.hidden) return;
    const cluster = label || (points.label[found] >= 0 && { name: points.labels[points.label[found]][1] });
    const count = label && label.count !== null ? ` · ${label.count.toLocaleString("en")} conversations` : "";
    const entries = label ? [] : points.legend.filter(([, colour]) => colour === points.colours[points.colour[found]]);
    const value = entries.length === 1 && entries[0][0] !== (cluster && cluster.name) ? ` · ${entries[0][0]}` : "";
    tip.textContent = (cluster ? cluster.name : "No name") + count + value;
    tip.style.left = `${Math.min(event.offsetX + 14, canvas.clientWidth - 200)}px`;
    tip.style.top = `${Math.min(event.offsetY + 14, canvas.clientHeight - 50)}px`;
  }

  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.offsetX, event.offsetY);
    },
    { passive: false },
  );
  canvas.ondblclick = (event) => zoom(2, event.offsetX, event.offsetY);
  canvas.onkeydown = (event) => {
    const step = 60 / view.scale;
    const actions = {
      ArrowLeft: () => move({ ...view, x: view.x - step }),
      ArrowRight: () => move({ ...view, x: view.x + step }),
      ArrowUp: () => move({ ...view, y: view.y + step }),
      ArrowDown: () => move({ ...view, y: view.y - step }),
      "+": () => zoom(1.4),
      "=": () => zoom(1.4),
      "-": () => zoom(1 / 1.4),
      0: () => move(whole),
    };
    if (!actions[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    actions[event.key]();
  };

  const watcher = new ResizeObserver(() => {
    if (canvas.clientWidth && points.byColour) {
      const isWhole = view.scale === whole.scale && view.x === whole.x;
      whole = fitted() || whole;
      if (isWhole) view = { ...whole };
      later();
    }
  });
  watcher.observe(frame);

  function show(data) {
    const key = `${data.xs.length}${data.xs.slice(0, 400)}${data.colour.slice(0, 4000)}${JSON.stringify([data.focus, data.legend])}`;
    if (key === shown) return;
    const samePlaces = shown && points.packed === data.xs && points.focus === data.focus;
    shown = key;
    points = {
      ...data,
      packed: data.xs,
      xs: unpacked(data.xs, Float32Array),
      ys: unpacked(data.ys, Float32Array),
      colour: unpacked(data.colour, Uint8Array),
      label: unpacked(data.label, Int16Array),
    };
    points.byColour = points.colours.map(() => []);
    for (let i = 0; i < points.xs.length; i++) points.byColour[points.colour[i]].push(i);
    only = null;
    whole = fitted() || whole;
    cell = 12 / whole.scale;
    grid = new Map();
    for (let i = 0; i < points.xs.length; i++) {
      const place = `${Math.floor(points.xs[i] / cell)},${Math.floor(points.ys[i] / cell)}`;
      if (!grid.has(place)) grid.set(place, []);
      grid.get(place).push(i);
    }
    if (!samePlaces) view = { ...whole };
    const target = data.labels.findIndex((label) => label[0] === data.focus);
    if (target >= 0 && !samePlaces) {
      const inside = new Set(data.members || []);
      const close = fitted((i) => inside.has(points.label[i]) || points.label[i] === target, 0.08);
      view = close || { x: data.labels[target][2], y: data.labels[target][3], scale: whole.scale * 3 };
    }
    frame.dataset.points = points.xs.length;
    showLegend(data.legend);
    later();
  }

  function showLegend(entries) {
    legend.replaceChildren();
    entries.forEach(([text, colour]) => {
      const button = legend.appendChild(document.createElement("li")).appendChild(document.createElement("button"));
      const kind = points.colours.indexOf(colour);
      const dot = button.appendChild(document.createElement("i"));
      dot.style.background = colour;
      button.appendChild(document.createElement("span")).textContent = text;
      button.title = text;
      button.setAttribute("aria-pressed", "false");
      button.onclick = () => {
        only = only === kind ? null : kind;
        for (const other of legend.querySelectorAll("button"))
          other.setAttribute("aria-pressed", String(other === button && only !== null));
        later();
      };
    });
  }

  return {
    show,
    close() {
      watcher.disconnect();
      cancelAnimationFrame(waiting);
    },
  };
}
