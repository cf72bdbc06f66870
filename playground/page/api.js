// The playground's control routes, as verbs.

async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `The playground answered ${response.status}.`);
  return answer;
}

const id = encodeURIComponent;

export const api = {
  state: (user) => call("GET", `/control/state${user ? `?user=${id(user)}` : ""}`),
  say: (words) => call("POST", "/control/say", words),
  join: (where) => call("POST", "/control/join", where),
  home: (look) => call("POST", "/control/home", look),
  shortcut: (chosen) => call("POST", "/control/shortcut", chosen),
  submit: (form) => call("POST", "/control/submit", form),
  close: (form) => call("POST", "/control/close", form),
  clock: (move) => call("POST", "/control/clock", move),
  press: (action) => call("POST", "/control/press", action),
  startTask: (provider, options) => call("POST", `/control/clouds/${id(provider)}/tasks`, options),
  changeTask: (task, changes) => call("PATCH", `/control/tasks/${id(task)}`, changes),
  forgetTask: (task) => call("DELETE", `/control/tasks/${id(task)}`),
  fault: (provider, fault) => call("POST", `/control/clouds/${id(provider)}`, { fault }),
};
