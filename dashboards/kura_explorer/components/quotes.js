// What people said: a click opens the conversation.
export default function ({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector("section");
  host.className = "quotes";
  host.replaceChildren(
    ...data.quotes.map(({ id, text }) => {
      const button = document.createElement("button");
      button.textContent = text;
      button.title = "Read this conversation";
      button.onclick = () => setTriggerValue("open", id);
      return button;
    }),
  );
}
