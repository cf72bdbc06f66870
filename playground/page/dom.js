// Builds elements and keeps keyed lists in place. Text only ever becomes text nodes.

const SVG = "http://www.w3.org/2000/svg";

function assign(node, props) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
}

/** An element; strings among the children become text nodes, empty children are left out. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  assign(node, props);
  return node;
}

export function svg(tag, props = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  assign(node, props);
  node.append(...children);
  return node;
}

const known = new WeakMap();

/** The same control in a rebuilt part keeps the focus, so that an edit never throws a keyboard user out. */
function keepingFocus(before, replace) {
  const active = document.activeElement;
  const name = before?.contains(active) ? active.dataset.focus : undefined;
  const after = replace();
  if (name !== undefined) after.querySelector(`[data-focus="${CSS.escape(name)}"]`)?.focus({ preventScroll: true });
  return after;
}

/**
 * Make the children of *parent* match *rows* ({key, sig, build, update?}); whatever has the same key and
 * signature is not touched, and nothing that stays is moved.
 */
export function reconcile(parent, rows) {
  const old = new Map();
  for (const child of [...parent.children]) {
    const mark = known.get(child);
    if (mark) old.set(mark.key, child);
  }
  const wanted = new Set(rows.map((row) => row.key));
  for (const [key, child] of old) if (!wanted.has(key)) child.remove();

  let cursor = parent.firstElementChild;
  for (const row of rows) {
    let node = old.get(row.key);
    if (node === undefined) {
      node = row.build();
      parent.insertBefore(node, cursor);
    } else {
      if (node !== cursor) parent.insertBefore(node, cursor);
      else cursor = cursor.nextElementSibling;
      if (known.get(node).sig !== row.sig) {
        if (row.update) row.update(node);
        else {
          const stale = node;
          node = keepingFocus(stale, () => {
            const fresh = row.build();
            stale.replaceWith(fresh);
            return fresh;
          });
        }
      }
    }
    known.set(node, { key: row.key, sig: row.sig });
  }
}

/** Set text without touching a node that already says it. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function clear(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter(Boolean));
}
