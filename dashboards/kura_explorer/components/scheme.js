// Has the page drawn again when the screen turns dark or light: the colours of charts come from Python.
export default function ({ setTriggerValue }) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const told = () => setTimeout(() => setTriggerValue("turned", true)); // as soon as the page around it has turned
  dark.addEventListener("change", told);
  return () => dark.removeEventListener("change", told);
}
