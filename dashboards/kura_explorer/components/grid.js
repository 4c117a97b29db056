// A table whose cells are shaded by a number; each cell, and each name on the left, is a button.
export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector("section");
  host.className = "grid";
  host.tabIndex = 0;
  host.setAttribute("aria-label", "Conversations by topics of two lenses");
  const made = (tag, text, scope) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (scope) element.scope = scope;
    return element;
  };
  const button = (text, said, picked) => {
    const element = made("button", text);
    element.setAttribute("aria-label", said);
    element.title = said;
    element.onclick = () => setTriggerValue("open", picked);
    return element;
  };
  const counted = (count) => `${count.toLocaleString("en")} conversation${count === 1 ? "" : "s"}`;
  const table = made("table");
  const head = table.appendChild(made("thead")).appendChild(made("tr"));
  const corner = head.appendChild(made("td"));
  corner.append(made("small", `${data.lenses[0]} ↓`), made("small", `${data.lenses[1]} →`));
  for (const column of data.columns) {
    const title = head.appendChild(made("th", undefined, "col"));
    title.appendChild(made("span", column.name));
    title.title = `${column.name}: ${counted(column.count)}`;
  }
  const body = table.appendChild(made("tbody"));
  data.rows.forEach((row, number) => {
    const line = body.appendChild(made("tr"));
    const name = line.appendChild(made("th", undefined, "row"));
    const said = `${row.name}: ${counted(row.count)}`;
    const opener = name.appendChild(button("", said, { row: row.id }));
    opener.appendChild(made("i")).style.background = row.colour;
    opener.appendChild(made("span", row.name));
    data.cells[number].forEach((cell, place) => {
      const box = line.appendChild(made("td"));
      if (!cell.count) return;
      const column = data.columns[place];
      const words = `${row.name}, ${column.name}: ${counted(cell.count)}${cell.said.endsWith("%") ? `, ${cell.said} ${data.shares}` : ""}`;
      const opened = box.appendChild(button(cell.said || "–", words, { row: row.id, column: column.id }));
      opened.style.setProperty("--shade", `${Math.round(55 * cell.shade)}%`); // a number is read on the darkest of them, too
    });
  });
  host.replaceChildren(table);
}
