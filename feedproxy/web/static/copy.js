// The buttons that copy a feed's address: hidden where there is no script.
const said = document.getElementById("said");

async function copied(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Over plain http browsers have no clipboard to offer.
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("refused");
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await copied(new URL(button.dataset.copy, location).href);
      said.textContent = button.textContent = "Copied";
    } catch {
      said.textContent = button.textContent = "Could not copy";
    }
    button.focus();
    setTimeout(() => { button.textContent = label; said.textContent = ""; }, 2000);
  });
}
