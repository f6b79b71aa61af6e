import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import 'graphiql/setup-workers/vite';
import 'graphiql/style.css';
import { createRoot } from 'react-dom/client';
import './page.css';

const FIRST_QUERY = `# What runs here, and what each policy says of it. No account is needed.
# For health data put an access token under Headers: {"Authorization": "Bearer …"}
{
  enclaves {
    name
    reachable
    attestationResult { measurement simulated }
    verdicts { policy outcome failures { claim expected actual } }
  }
}
`;

/** Asks the gateway that served this page, and shows the notice that comes with values under a development policy. */
async function fetchWithNotice(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const answer = await fetch(input, init);
  showNotice(answer.headers.get('cloister-notice'));
  return answer;
}

function showNotice(notice: string | null): void {
  const place = document.querySelector<HTMLElement>('#notice');
  if (place === null || notice === null) return;
  place.textContent = notice;
  place.hidden = false;
}

const fetcher: Fetcher = createGraphiQLFetcher({ url: '/graphql', fetch: fetchWithNotice });

const place = document.querySelector<HTMLElement>('#graphiql');
if (place !== null) {
  place.removeAttribute('aria-busy');
  // Neither the query tabs nor an access token may outlive the page.
  const forgetful = {
    getItem: () => null,
    setItem: () => undefined,
    removeItem: () => undefined,
    clear: () => undefined,
    length: 0,
  };
  createRoot(place).render(
    <GraphiQL
      fetcher={fetcher}
      defaultQuery={FIRST_QUERY}
      defaultEditorToolsVisibility="headers"
      shouldPersistHeaders={false}
      storage={forgetful}
    />,
  );
}
