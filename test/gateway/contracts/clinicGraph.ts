import type { TestSubgraph } from '../../support/federation.js';

/** Every kind of element, some of it for partners and some not, over two subgraphs. */
export const clinicGraph: Readonly<Record<string, TestSubgraph>> = {
  records: {
    typeDefs: `
      type Query {
        "A record. Staff see \`riskScore\` too."
        record(id: ID!, detail: Detail = SHORT, secretFilter: SecretFilter @tag(name: "internal")): Record @tag(name: "partner")
        "Who is asked. An InternalStaff may come."
        people: [Person!] @tag(name: "partner")
        owners: [Owner!] @tag(name: "partner")
        find(by: Finder): String @tag(name: "partner")
        failing: String @tag(name: "partner")
        everything: [Record!]
      }
      type Mutation { eraseRecord(id: ID!): Boolean }
      enum Detail { SHORT LONG FORENSIC @tag(name: "internal") }
      input Finder { word: String forensicCode: String @tag(name: "internal") }
      input SecretFilter { secretWord: String }
      type Record @key(fields: "id") {
        id: ID! @tag(name: "partner")
        title: String @tag(name: "partner") @deprecated(reason: "Ask for \`secretTitle\`.")
        secretTitle: String
        mood: Mood @tag(name: "partner")
      }
      enum Mood { CALM PANICKED @tag(name: "internal") }
      interface Person @tag(name: "partner") { name: String }
      type Clinician implements Person @tag(name: "partner") { name: String }
      type InternalStaff implements Person @tag(name: "internal") { name: String badge: Int }
      union Owner @tag(name: "partner") = Clinician | HiddenRobot
      type HiddenRobot @tag(name: "internal") { serial: Int }
    `,
    resolvers: {
      Query: {
        record: (_: unknown, { id }: { id: string }) => ({ id, title: 'a title', secretTitle: 's', mood: 'PANICKED' }),
        people: () => [
          { __typename: 'Clinician', name: 'c' },
          { __typename: 'InternalStaff', name: 'i', badge: 7 },
        ],
        owners: () => [
          { __typename: 'Clinician', name: 'c' },
          { __typename: 'HiddenRobot', serial: 7 },
        ],
        find: (_: unknown, { by }: { by?: { word?: string } }) => by?.word ?? null,
      },
      Record: { __resolveReference: ({ id }: { id: string }) => ({ id, secretTitle: `secret of ${id}` }) },
    },
  },
  risk: {
    typeDefs: `
      type Query { riskModels: [String!] }
      type Record @key(fields: "id") {
        id: ID!
        secretTitle: String @external
        "Computed."
        label: String @tag(name: "partner") @requires(fields: "secretTitle")
        riskScore: Float
      }
    `,
    resolvers: {
      Record: { label: ({ secretTitle }: { secretTitle: string }) => `label of ${secretTitle.length} letters` },
    },
  },
};
