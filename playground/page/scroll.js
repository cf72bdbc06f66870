// A log stays at its end while one is at its end, and stays where it is otherwise.
const NEAR = 40;

/** Keeps *box* at its end through changes of its content and of its size. */
export function stickToEnd(box) {
  let atEnd = true;
  let last = 0;
  const fromEnd = () => box.scrollHeight - box.scrollTop - box.clientHeight;

  const settle = () => {
    // Whoever scrolled up since the last time has left the end, even before the browser said so.
    if (box.scrollTop < last - NEAR && fromEnd() > NEAR) atEnd = false;
    if (atEnd) box.scrollTop = box.scrollHeight;
    last = box.scrollTop;
  };
  box.addEventListener(
    "scroll",
    () => {
      atEnd = fromEnd() < NEAR;
      last = box.scrollTop;
    },
    { passive: true },
  );
  const watcher = new ResizeObserver(settle);
  watcher.observe(box);
  if (box.firstElementChild) watcher.observe(box.firstElementChild);
  return {
    toEnd() {
      atEnd = true;
      last = 0;
      settle();
    },
  };
}
