import type { RouteObject } from 'react-router';
import { Layout } from './Layout.js';
import { AuditPage } from './pages/AuditPage.js';
import { Fault } from './pages/Fault.js';
import { ImagingStudyPage } from './pages/ImagingStudyPage.js';
import { IntakePage } from './pages/IntakePage.js';
import { NotFoundPage } from './pages/NotFoundPage.js';
import { NoticesPage } from './pages/NoticesPage.js';
import { PatientPage } from './pages/PatientPage.js';
import { PatientsPage } from './pages/PatientsPage.js';
import { ReportPage } from './pages/ReportPage.js';
import { StartPage } from './pages/StartPage.js';
import { TrustPage } from './pages/TrustPage.js';
import { UploadPage } from './pages/UploadPage.js';
import { WorklistPage } from './pages/WorklistPage.js';
import { Needs } from './Needs.js';

/** The whole map. What the paths are called is in urls.ts; `/callback` is Session's. */
export const routes: RouteObject[] = [
  {
    element: <Layout />,
    errorElement: <Fault />,
    children: [
      { path: '/', element: <StartPage /> },
      {
        path: '/worklist',
        element: (
          <Needs permission="readReports">
            <WorklistPage />
          </Needs>
        ),
      },
      {
        path: '/patients',
        element: (
          <Needs permission="readPatients">
            <PatientsPage />
          </Needs>
        ),
      },
      {
        path: '/patients/new',
        element: (
          <Needs permission="registerPatient">
            <IntakePage />
          </Needs>
        ),
      },
      {
        path: '/patients/:id',
        element: (
          <Needs permission="readPatients">
            <PatientPage />
          </Needs>
        ),
      },
      {
        path: '/patients/:id/upload',
        element: (
          <Needs permission="uploadImage">
            <UploadPage />
          </Needs>
        ),
      },
      {
        path: '/imaging-studies/:id',
        element: (
          <Needs permission="readImagingStudies">
            <ImagingStudyPage />
          </Needs>
        ),
      },
      {
        path: '/diagnostic-reports/:id',
        element: (
          <Needs permission="readReports">
            <ReportPage />
          </Needs>
        ),
      },
      {
        path: '/notices',
        element: (
          <Needs permission="readNotices">
            <NoticesPage />
          </Needs>
        ),
      },
      {
        path: '/audit',
        element: (
          <Needs permission="readAudit">
            <AuditPage />
          </Needs>
        ),
      },
      { path: '/trust', element: <TrustPage /> },
      { path: '*', element: <NotFoundPage /> },
    ],
  },
];
