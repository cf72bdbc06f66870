// A link to a message of this workspace leads there on the page itself.

const MESSAGE = /^\/archives\/([A-Z0-9]+)\/p(\d{10,})(\d{6})$/;

/** {channel, ts, thread} of an address of this playground, or null. */
export function messageAt(address) {
  const url = new URL(address, location.href);
  const match = url.origin === location.origin ? MESSAGE.exec(url.pathname) : null;
  if (match === null) return null;
  return { channel: match[1], ts: `${match[2]}.${match[3]}`, thread: url.searchParams.get("thread_ts") };
}

/** Send clicks on such links to *go* instead of to a new tab. */
export function catchPermalinks(root, go) {
  root.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const found = link && messageAt(link.href);
    if (!found) return;
    event.preventDefault();
    go(found);
  });
}

/** Bring a message into view and let it be seen for a moment. */
export function point(root, ts) {
  const node = root.querySelector(`[data-ts="${CSS.escape(ts)}"]`);
  if (!node) return;
  node.scrollIntoView({ block: "center" });
  node.focus({ preventScroll: true });
  node.classList.add("pointed");
  node.addEventListener("blur", () => node.classList.remove("pointed"), { once: true });
}
