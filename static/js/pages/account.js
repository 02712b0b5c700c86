/** The Account page works without this; with it, a new token can be copied by a button. */

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  button.hidden = !navigator.clipboard; // absent over plain http on another address
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    button.querySelector("span").textContent = button.dataset.copied;
  });
  field.addEventListener("focus", () => field.select());
}
