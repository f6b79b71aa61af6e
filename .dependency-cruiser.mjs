/** The arrows of ARCHITECTURE.md. Each rule says why it is there. @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'enclave-is-the-floor',
      comment: 'enclave/ is what an auditor reads to believe the rest: it may not depend on anything else of ours.',
      severity: 'error',
      from: { path: '^enclave/' },
      to: { path: '^(runtime|gateway|subgraphs|schema|web|deploy|cli)/' },
    },
    {
      name: 'runtime-knows-no-domain',
      comment: 'runtime/ is shared by all processes; the moment it knows one of them, all of them depend on it.',
      severity: 'error',
      from: { path: '^runtime/' },
      to: { path: '^(gateway|subgraphs|schema|web|deploy|cli)/' },
    },
    {
      name: 'gateway-meets-subgraphs-over-the-network',
      comment: 'The gateway and the subgraphs belong to different parties; what they share is in schema/, not in code.',
      severity: 'error',
      from: { path: '^gateway/' },
      to: { path: '^(subgraphs|web|deploy|cli)/' },
    },
    {
      name: 'subgraphs-do-not-know-each-other',
      comment: 'Each subgraph owns one noun and may be run by another party.',
      severity: 'error',
      from: { path: '^subgraphs/([^/]+)/' },
      to: { path: '^(gateway|web|deploy|cli)/|^subgraphs/(?!$1/)' },
    },
    {
      name: 'web-is-a-client-like-any-other',
      comment:
        'The portal may use the isomorphic part of enclave/ (verification, results, appraisal, evidence, gatewayTrust, refusals) and nothing else of ours.',
      severity: 'error',
      from: { path: '^web/' },
      to: {
        path: '^(runtime|gateway|subgraphs|schema|deploy|cli)/|^enclave/(channel|platforms|sealing)/|^enclave/verification/nodePrimitives',
      },
    },
    {
      name: 'cli-is-a-client-too',
      comment:
        'Commands talk to a running system over the network, as its users do. Only plan talks to nobody: it shows what the gateway decides and plans, by the same code.',
      severity: 'error',
      from: { path: '^cli/', pathNot: '^cli/commands/plan\\.ts$' },
      to: { path: '^(gateway|subgraphs|web)/' },
    },
    {
      name: 'isomorphic-code-runs-in-a-browser',
      comment: 'These parts run in the portal: a node: import there breaks it.',
      severity: 'error',
      from: {
        path: '^enclave/(refusals|bytes|asn1|verification|appraisal|results|evidence|policyLanguage|conformance|gatewayTrust)',
        pathNot: '^enclave/verification/nodePrimitives',
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-circles',
      comment: 'A circle means that two files are one idea, or that one idea is in the wrong file.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-undeclared-packages',
      comment: 'A package that is not in package.json is somebody else’s choice of version.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['unknown', 'undetermined', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'product-code-uses-no-development-packages',
      comment: 'Code that runs in a process needs its packages at run time. The portal is bundled when it is built.',
      severity: 'error',
      from: { path: '^(enclave|runtime|gateway|subgraphs|deploy|cli)/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.cloister)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
};
