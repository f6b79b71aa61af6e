import { Link } from 'react-router';
import { Page } from '../../ui/Page.js';
import { page } from '../urls.js';

export function NotFoundPage() {
  return (
    <Page title="There is no such page">
      <p>
        The address may be old or cut short. <Link to={page.start()}>Go to the start page</Link>.
      </p>
    </Page>
  );
}
