// Tiles whose areas are as the numbers; each is a button.
export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector("section");
  host.className = "treemap";
  const tiles = data.tiles.map((tile) => {
    const button = document.createElement("button");
    button.style.background = `color-mix(in srgb, ${tile.colour} 24%, var(--paper))`;
    button.appendChild(document.createElement("i")).style.background = tile.colour;
    button.appendChild(document.createElement("b")).textContent = tile.name;
    button.appendChild(document.createElement("span")).textContent = `${tile.count.toLocaleString("en")} · ${tile.share}`;
    button.title = `${tile.name}: ${tile.count.toLocaleString("en")} conversation${tile.count === 1 ? "" : "s"}, ${tile.share}`;
    button.setAttribute("aria-label", button.title);
    button.onclick = () => setTriggerValue("open", tile.id);
    return button;
  });
  host.replaceChildren(...tiles);
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
    }
  };
  const watcher = new ResizeObserver(fit);
  watcher.observe(host);
  fit();
  return () => watcher.disconnect();
}
