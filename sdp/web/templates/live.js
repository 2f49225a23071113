// Shows what is new without a reload: what has data-live is fetched again when the server says so.
"use strict";
const parts = () => document.querySelectorAll("[data-live]");
const status = document.getElementById("live");
let pending = false;

async function refresh() {
  if (pending) return;
  pending = true;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of parts()) {
      const fresh = page.getElementById(part.id);
      // Nobody's focus or selection is taken away.
      if (fresh && !part.contains(document.activeElement)) part.innerHTML = fresh.innerHTML;
    }
  } finally {
    pending = false;
  }
}

if (status && parts().length > 0) {
  const events = new EventSource(status.dataset.events);
  let first = true;
  events.onmessage = async (event) => {
    if (!first) {
      await refresh();
      status.textContent = `Live: ${event.data}`;
    }
    first = false;
  };
  events.onopen = () => { status.textContent = "Live"; };
  events.onerror = () => { status.textContent = "Not live: the server does not answer."; };
}
