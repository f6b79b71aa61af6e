import { link, type FederationSuite } from '../suite.js';

const contextual: FederationSuite = {
  id: 'from-context',
  about: 'An argument that nobody passes is taken from an object further up, of another subgraph.',
  subgraphs: () => [
    {
      name: 'a',
      sdl: `${link('2.8', '@key', '@context', '@fromContext', '@external', '@requires', '@shareable')}
        type Query { clinic: Clinic! clinics: [Clinic!]! }
        type Clinic @key(fields: "id") @context(name: "clinic") {
          id: ID! currency: String! rate: Rate! ward: Ward! wards: [Ward!]!
        }
        type Rate { vat: Int! }
        type Ward @key(fields: "id") {
          id: ID!
          price(amount: Int! = 2, currency: String @fromContext(field: "$clinic { currency }")): String!
          tax(vat: Int @fromContext(field: "$clinic { rate { vat } }")): String!
        }`,
      resolvers: {
        Query: {
          clinic: () => clinic('c1', 'EUR', 21),
          clinics: () => [clinic('c1', 'EUR', 21), clinic('c2', 'USD', 0)],
        },
        Ward: {
          price: ({ id }: { id: string }, { amount, currency }: { amount: number; currency?: string }) =>
            `${id} ${amount} ${currency ?? 'none'}`,
          tax: ({ id }: { id: string }, { vat }: { vat?: number }) => `${id} ${vat ?? 'none'}`,
        },
      },
    },
    {
      name: 'b',
      sdl: `${link('2.8', '@key')}
        type Ward @key(fields: "id") { id: ID! title: String! }`,
      resolvers: { Ward: { title: ({ id }: { id: string }) => `ward ${id}` } },
    },
  ],
  cases: [
    {
      name: 'a field of the object above',
      query: '{ clinic { ward { price } } }',
      data: { clinic: { ward: { price: 'c1-w1 2 EUR' } } },
    },
    {
      name: 'each entry of a list has its own',
      query: '{ clinics { ward { price } wards { price } } }',
      data: {
        clinics: [
          { ward: { price: 'c1-w1 2 EUR' }, wards: [{ price: 'c1-w1 2 EUR' }, { price: 'c1-w2 2 EUR' }] },
          { ward: { price: 'c2-w1 2 USD' }, wards: [{ price: 'c2-w1 2 USD' }, { price: 'c2-w2 2 USD' }] },
        ],
      },
    },
    {
      name: 'beside an argument that the caller gives',
      query: 'query ($n: Int!) { clinic { ward { price(amount: $n) } } }',
      variables: { n: 9 },
      data: { clinic: { ward: { price: 'c1-w1 9 EUR' } } },
    },
    {
      name: 'a field of an object in the object above',
      query: '{ clinics { ward { tax } } }',
      data: { clinics: [{ ward: { tax: 'c1-w1 21' } }, { ward: { tax: 'c2-w1 0' } }] },
    },
    {
      name: 'the caller cannot pass it',
      query: '{ clinic { ward { price(currency: "XXX") } } }',
      data: null,
      errors: true,
      fetches: 0,
    },
    {
      name: 'with a field of another subgraph',
      query: '{ clinic { currency ward { price title } } }',
      data: { clinic: { currency: 'EUR', ward: { price: 'c1-w1 2 EUR', title: 'ward c1-w1' } } },
    },
    {
      name: 'under other names, with the source renamed too',
      query: '{ clinic { currency: id money: currency w: ward { currency: price price: tax } } }',
      data: { clinic: { currency: 'c1', money: 'EUR', w: { currency: 'c1-w1 2 EUR', price: 'c1-w1 21' } } },
    },
  ],
};

function clinic(id: string, currency: string, vat: number): object {
  const wards = [{ id: `${id}-w1` }, { id: `${id}-w2` }];
  return { id, currency, rate: { vat }, ward: wards[0], wards };
}

export const contexts: readonly FederationSuite[] = [contextual];
