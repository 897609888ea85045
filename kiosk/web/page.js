// The terminal draws each letter once and keeps the picture: fonts have to be there before its first letter.
for (const weight of ["400", "700"]) {
  for (const sample of ["a", "\u0626", "\ufe8b", "\ufbe6"]) {
    document.fonts.load(`${weight} 20px "Roboto Mono"`, sample);
  }
}

// Keys always reach the screens: a kiosk has nothing else to type into.
function listen() {
  document.querySelector(".xterm-helper-textarea")?.focus();
}
window.addEventListener("focus", listen);
document.addEventListener("click", listen);

// When a session has ended, the page begins a new one by itself: nobody has to find a button.
new MutationObserver(() => {
  if (document.body.classList.contains("-closed")) {
    setTimeout(() => window.location.reload(), 2000);
  } else if (document.body.classList.contains("-first-byte")) {
    listen();
  }
}).observe(document.body, { attributes: true, attributeFilter: ["class"] });
