import type { StudyRow } from '../api/types.js';
import { useRendition } from '../api/useRendition.js';
import { Loading } from '../ui/Card.js';
import { instant } from '../ui/format.js';
import { ImageViewer } from '../viewer/ImageViewer.js';
import { Refusals } from './Refusals.js';

/** A study's image in the viewer, with the heat map of a report where there is one. */
export function StudyFilm({ study, heatMap }: { study: StudyRow; heatMap?: string | null | undefined }) {
  const { url, loading, refusals } = useRendition(study.id);
  const what = [study.modality, study.bodySite?.toLowerCase()].filter(Boolean).join(', ');
  return (
    <section aria-label="Film" className="film">
      {study.synthetic && <p className="film-origin">Synthetic image: made by a program, not a film of a person</p>}
      <ImageViewer
        label={`Film received ${instant(study.started)}${what === '' ? '' : ` (${what})`}`}
        url={url}
        rows={study.rows}
        columns={study.columns}
        heatMap={heatMap}
        absence={loading ? <Loading what="Loading the film." /> : <Refusals refusals={refusals} />}
      />
    </section>
  );
}
