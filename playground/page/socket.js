// The live connection: events in order, and a whole new state after each gap.
import { api } from "./api.js";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;

/**
 * Keep *user*'s page in step. Events that arrive while the state is being fetched are kept and applied
 * after it, so that nothing falls between the two. Returns a function that ends it.
 */
export function follow(user, { onState, onEvent, onStatus }) {
  let socket = null;
  let timer = null;
  let wait = FIRST_WAIT;
  let ended = false;

  function again() {
    if (ended) return;
    onStatus("lost");
    timer = setTimeout(connect, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  function connect() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const current = new WebSocket(`${scheme}://${location.host}/control/live?user=${encodeURIComponent(user)}`);
    let early = [];
    socket = current;
    current.addEventListener("open", async () => {
      try {
        const state = await api.state(user);
        if (ended || current !== socket) return;
        onState(state);
        for (const event of early) onEvent(event);
        early = null;
        wait = FIRST_WAIT;
        onStatus("live");
      } catch {
        current.close();
      }
    });
    current.addEventListener("message", ({ data }) => {
      let event;
      try {
        event = JSON.parse(data);
      } catch {
        return; // Not ours to guess at; the next state repairs what it meant.
      }
      if (early === null) onEvent(event);
      else early.push(event);
    });
    current.addEventListener("close", () => current === socket && again());
  }

  connect();
  return () => {
    ended = true;
    clearTimeout(timer);
    socket?.close();
  };
}
