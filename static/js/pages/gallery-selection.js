/** Selecting frames of the gallery, or capture sessions of the Library: how many are, ranges by Shift, X for what has
 *  the focus, Escape for none.
 *  Without this file the boxes can be ticked all the same, and the server says what it cannot compare. */

let last = null;

const form = () => document.getElementById("selection");
const boxes = () => [...form().querySelectorAll('input[type="checkbox"]')];

function tell() {
  const count = boxes().filter((box) => box.checked).length;
  const bar = form().querySelector(".selection");
  if (!bar) return;
  bar.querySelector("[data-selected-count]").textContent = String(count);
  for (const button of bar.querySelectorAll("[data-selects]")) button.disabled = count !== Number(button.dataset.selects);
  for (const button of bar.querySelectorAll("[data-most]")) button.disabled = count > Number(button.dataset.most);
  form().toggleAttribute("data-busy", count > 0); // the page that looks again by itself leaves it alone
}

document.addEventListener("click", (event) => {
  const box = event.target.closest('#selection input[type="checkbox"]');
  if (!box) return;
  if (event.shiftKey && last?.isConnected) {
    const all = boxes();
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
  tell();
});

document.addEventListener("reset", (event) => {
  if (event.target === form()) setTimeout(tell); // the boxes are empty only after it
});

document.addEventListener("keydown", (event) => {
  if (!form() || event.ctrlKey || event.metaKey || event.altKey) return;
  const cell = event.target.closest("#selection li");
  if (event.key === "x" && cell) cell.querySelector('input[type="checkbox"]')?.click();
  if (event.key === "Escape" && boxes().some((box) => box.checked)) form().reset();
});

document.addEventListener("parts", () => form() && tell());
addEventListener("pageshow", () => form() && tell()); // back from the compare page: the browser kept the ticks
