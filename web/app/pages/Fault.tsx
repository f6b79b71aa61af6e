import { page } from '../urls.js';

/** Our own mistake. Its details stay out of the page, since they may hold health data. */
export function Fault() {
  return (
    <main className="front">
      <title>Something went wrong · Cloister</title>
      <h1>Something went wrong in this page</h1>
      <p>
        It is a fault of the portal, not of what you entered. Nothing was saved by this page since your last action.
      </p>
      <p>
        <a href={page.start()}>Open the portal again</a>
      </p>
    </main>
  );
}
