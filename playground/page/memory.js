// Small preferences of this browser; where storage is forbidden they last as long as the page.
const fallback = new Map();
const name = (key) => `milepost-${key}`;

export function remembered(key) {
  try {
    return localStorage.getItem(name(key));
  } catch {
    return fallback.get(key) ?? null;
  }
}

export function remember(key, value) {
  fallback.set(key, value);
  try {
    localStorage.setItem(name(key), value);
  } catch {
    // The map above has it.
  }
}
