// Tiles whose areas are as the numbers; each is a button.
export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector("section");
  host.className = "treemap";
  const tiles = data.tiles.map((tile) => {
    const button = document.createElement("button");
    button.style.background = `color-mix(in srgb, ${tile.colour} 24%, var(--paper))`;
    button.appendChild(document.createElement("i")).style.background = tile.colour;
    button.appendChild(document.createElement("b")).textContent = tile.name;
    button.appendChild(document.createElement("span"));
    button.figures = [tile.count.toLocaleString("en"), tile.share];
    button.title = `${tile.name}: ${tile.count.toLocaleString("en")} conversation${tile.count === 1 ? "" : "s"}, ${tile.share}`;
    button.setAttribute("aria-label", button.title);
    button.onclick = () => setTriggerValue("open", tile.id);
    return button;
  });
  host.replaceChildren(...tiles);
  // as much of the name as leaves room for the figures, which are never cut: where both have none, the number stands alone
  const told = (button) => {
    const [name, figures] = [button.querySelector("b"), button.querySelector("span")];
    if (button.classList.contains("tiny")) {
      figures.hidden = false;
      figures.textContent = button.figures[0];
      figures.hidden = figures.scrollWidth > figures.clientWidth || figures.offsetHeight > button.clientHeight;
      return;
    }
    const { paddingTop, paddingBottom } = getComputedStyle(button);
    name.style.webkitLineClamp = 1;
    figures.hidden = false;
    figures.textContent = button.figures.join(" · ");
    if (figures.scrollWidth > figures.clientWidth) figures.textContent = button.figures[0];
    const room = button.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
    const lines = (height) => Math.floor(height / Math.max(name.offsetHeight, 1));
    const left = lines(room - figures.offsetHeight - 2);
    figures.hidden = left < 1;
    name.style.webkitLineClamp = Math.max(left || lines(room), 1);
  };
  const fit = () => {
    const shape = host.clientWidth > host.clientHeight * 1.25 ? "wide" : "narrow";
    tiles.forEach((button, number) => {
      const [left, top, width, height] = data.tiles[number][shape].map((part) => `${(part * 100).toFixed(3)}%`);
      Object.assign(button.style, { left, top, width, height });
    });
    for (const button of tiles) {
      const [width, height] = [button.clientWidth, button.clientHeight];
      button.classList.toggle("tiny", width < 52 || height < 24);
      button.classList.toggle("small", width < 120 || height < 58);
      told(button);
    }
  };
  const watcher = new ResizeObserver(fit);
  watcher.observe(host);
  fit();
  return () => watcher.disconnect();
}
