import type { ApolloGateway } from '@apollo/gateway';
import type { RequestContext } from './context.js';

/** What Apollo Server asks of a gateway. */
export type Gateway = Pick<ApolloGateway, 'load' | 'onSchemaLoadOrUpdate' | 'stop'>;
export type Executor = Awaited<ReturnType<ApolloGateway['load']>>['executor'];
export type ExecutionResult = Awaited<ReturnType<Executor>>;
/** One operation on its way from Apollo Server to the executor. */
export type ExecutionRequest = Omit<Parameters<Executor>[0], 'context'> & { readonly context: RequestContext };
