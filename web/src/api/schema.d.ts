// Generated from openapi.json by `npm run gen`. Do not edit.
export interface paths {
    "/api/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Describe this interface (OpenAPI 3.1) */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals/grant": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approve one operation on some guests beforehand, for some times */
        post: operations["approvals_grant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List standing approvals: who agreed beforehand to what */
        post: operations["approvals_list"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/approvals/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a standing approval back; runs that rest on it stop before their next step */
        post: operations["approvals_revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give out the whole audit chain, one record a line */
        post: operations["audit_export"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List audit records: who wished, who consented, what was sent and found */
        post: operations["audit_list"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Check the audit chain, record by record, and against its anchor */
        post: operations["audit_verify"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign in; sets the session cookie */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description Accounts without a second factor ignore it. */
                        otp?: string;
                        password: string;
                        realm?: string;
                        /** @description `admin`, or `admin@demo` with the realm in it. */
                        username: string;
                    };
                };
            };
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Belongs into `X-CSRF-Token` of requests that change something; null for bearer tokens, which need none. */
                            csrf_token?: string | null;
                            /** @description What an account may do. */
                            role: "viewer" | "operator" | "admin";
                            user: string;
                        };
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Sign out; the session is gone at once */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                204: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell who is signed in */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description Belongs into `X-CSRF-Token` of requests that change something; null for bearer tokens, which need none. */
                            csrf_token?: string | null;
                            /** @description What an account may do. */
                            role: "viewer" | "operator" | "admin";
                            user: string;
                        };
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/auth/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a token for a program; it is shown once */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description What the token is for, at most 64 characters. */
                        name: string;
                        /**
                         * @description True: the token may plan, but somebody else has to approve.
                         * @default false
                         */
                        no_approve?: boolean;
                        /** @description What an account may do. */
                        role: "viewer" | "operator" | "admin";
                    };
                };
            };
            responses: {
                /** @description The answer */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            id: string;
                            name: string;
                            /** @description What an account may do. */
                            role: "viewer" | "operator" | "admin";
                            token: string;
                        };
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chat/threads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List your conversations, newest first */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            threads: {
                                /** @description RFC 3339, UTC. */
                                created_at: string;
                                id: string;
                                title: string;
                                updated_at: string;
                            }[];
                        };
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        /** Begin a conversation */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer */
                201: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            /** @description RFC 3339, UTC. */
                            created_at: string;
                            id: string;
                            title: string;
                            updated_at: string;
                        };
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chat/{thread}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Replay a conversation from event `after` (or Last-Event-ID), then follow it */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    thread: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": Record<string, never>;
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/chat/{thread}/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say something; answers with the turn's events */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    thread: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description What the person says, at most 32,000 characters. */
                        text: string;
                    };
                };
            };
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": Record<string, never>;
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/clusters/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List connected clusters, their health and what we cost them */
        post: operations["clusters_list"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/config/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show the effective configuration, without secrets */
        post: operations["config_show"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/watch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Watch plans, runs and the inventory as they change */
        post: operations["events_watch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/reboot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restart guests properly */
        post: operations["guests_reboot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show one guest with its configuration and snapshots */
        post: operations["guests_show"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/shutdown": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Shut guests down properly, through agent or ACPI */
        post: operations["guests_shutdown"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/start": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start guests */
        post: operations["guests_start"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/stop": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop guests at once, like pulling the plug */
        post: operations["guests_stop"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incident/freeze": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stop every change on every surface until somebody thaws */
        post: operations["incident_freeze"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incident/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show whether all changes are frozen, by whom and why */
        post: operations["incident_show"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/incident/thaw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End the freeze, so that approved changes go ahead again */
        post: operations["incident_thaw"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inventory/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List guests (virtual machines and containers) with their state */
        post: operations["inventory_list"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inventory/vocabulary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List every name of guests, nodes, tags, pools and storages */
        post: operations["inventory_vocabulary"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/inventory/watch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Watch guests as their state changes */
        post: operations["inventory_watch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List nodes with their load */
        post: operations["nodes_list"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List every operation with its risk */
        post: operations["operations_list"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Find operations by what they do */
        post: operations["operations_search"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/operations/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show one operation: its risk and the input it takes */
        post: operations["operations_show"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List plans, newest first */
        post: operations["plans_list"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/rehearse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Carry a plan out on a twin of the cluster and tell what would happen */
        post: operations["plans_rehearse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show a plan and what a rehearsal foretold of it */
        post: operations["plans_show"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a plan */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Plan"];
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{id}/approve": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Approve a plan and start its run, or keep the approval until the others who have to agree did */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /** @description What the plan's `confirm.text` asks to type, for destructive plans. */
                        confirm?: string;
                        /** @description The digest of the plan as it was read: consent is given to exactly this. */
                        digest: string;
                    };
                };
            };
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Plan"];
                    };
                };
                /** @description The answer */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{id}/rehearse": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Carry a plan out on a twin of the cluster and tell what would happen */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Rehearsal"];
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/plans/{id}/reject": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reject a plan */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Plan"];
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask which rule would decide on a change, and why; nothing changes */
        post: operations["policy_check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/policy/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show the rules in force: who may change what, and who is asked */
        post: operations["policy_show"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pve/create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Call the PVE API: create or start something by its path (POST) */
        post: operations["pve_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pve/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Call the PVE API: delete something by its path (DELETE) */
        post: operations["pve_delete"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pve/get": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read any path of the PVE API */
        post: operations["pve_get"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pve/set": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Call the PVE API: change something by its path (PUT) */
        post: operations["pve_set"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runbooks/create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Save a runbook: operations with parameters, written in YAML */
        post: operations["runbooks_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runbooks/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete a runbook; schedules that use it fail from then on */
        post: operations["runbooks_delete"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runbooks/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give the YAML text of a runbook, to keep or to share */
        post: operations["runbooks_export"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runbooks/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List saved runbooks */
        post: operations["runbooks_list"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runbooks/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Plan the steps of a runbook with its parameters filled in */
        post: operations["runbooks_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runbooks/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show the parameters and steps of a runbook */
        post: operations["runbooks_show"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List runs, newest first */
        post: operations["runs_list"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/receipt": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show what a run did, who consented, and the way back */
        post: operations["runs_receipt"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/undo": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take back what a run did, as far as there is a way back */
        post: operations["runs_undo"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a run */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start no further step of a run */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        /**
                         * @description Ask the cluster to end the tasks that run, too: what they do may be half done.
                         * @default false
                         */
                        stop_tasks?: boolean;
                    };
                };
            };
            responses: {
                /** @description The answer */
                202: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": components["schemas"]["Run"];
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Watch a run from event `after` (or Last-Event-ID) to its end */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/event-stream": Record<string, never>;
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Schedule an operation or a runbook by a calendar event */
        post: operations["schedules_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a schedule out of the calendar */
        post: operations["schedules_delete"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List schedules with their next times */
        post: operations["schedules_list"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Plan what a schedule does, now, whatever its calendar says */
        post: operations["schedules_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/set": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change when a schedule comes, or switch it on or off */
        post: operations["schedules_set"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show a schedule, its next times and what became of the last */
        post: operations["schedules_show"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/snapshots/create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take a snapshot of guests */
        post: operations["snapshots_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/snapshots/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete a snapshot of guests; this cannot be undone */
        post: operations["snapshots_delete"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/snapshots/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List snapshots of guests */
        post: operations["snapshots_list"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/storages/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List storages with their use */
        post: operations["storages_list"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell that the process lives */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description Done */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content?: never;
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/mcp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Model Context Protocol; one JSON answer per request */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        id?: unknown;
                        /** @constant */
                        jsonrpc: "2.0";
                        method?: string;
                        params?: Record<string, never>;
                    };
                };
            };
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Counters in the Prometheus text format */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "text/plain": string;
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tell whether requests can be served; details need a credential */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": {
                            dependencies: {
                                /** @description `store`, `cluster main`, `model`. */
                                name: string;
                                reason?: string | null;
                                state: ("ready" | "down") | "degraded";
                            }[];
                            /** @description The worst of `dependencies`. */
                            status: ("ready" | "down") | "degraded";
                        };
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/chat/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer a conversation (OpenAI's shapes; `stream: true` answers server-sent events) */
        post: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody: {
                content: {
                    "application/json": {
                        messages: {
                            content: string | Record<string, never>[];
                            /** @enum {unknown} */
                            role: "user" | "assistant" | "system" | "developer";
                        }[];
                        model?: string;
                        stream?: boolean;
                    };
                };
            };
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List models (OpenAI's shape) */
        get: {
            parameters: {
                query?: never;
                header?: never;
                path?: never;
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description The answer */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/json": Record<string, never>;
                    };
                };
                /** @description What went wrong, and what to do */
                default: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "application/problem+json": components["schemas"]["Problem"];
                    };
                };
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Source and age of what an answer says about one cluster. */
        AsOf: {
            /** Format: uint64 */
            age_s?: number | null;
            /** @description When the state was read; null when it never was. */
            at?: string | null;
            cluster: string;
            error?: string | null;
            state: components["schemas"]["Freshness"];
        };
        /** @description Where the chain ends: what is anchored outside. */
        AuditHead: {
            at: string;
            hash: string;
            /** Format: uint64 */
            seq: number;
        };
        /** @description One record of the chain. */
        AuditRecord: {
            actor?: string | null;
            at: string;
            data: unknown;
            /** @description Lower-case hex SHA-256 over all of the above. */
            hash: string;
            kind: string;
            /** @description The hash of the record before; 64 zeros for the first. */
            previous: string;
            /**
             * Format: uint64
             * @description Counts from 1 without holes.
             */
            seq: number;
            subject: string;
        };
        /** @description One value that a step is going to change. */
        Change: {
            after: unknown;
            before: unknown;
            field: string;
        };
        ClusterRow: {
            /** Format: uint64 */
            age_s?: number | null;
            at?: string | null;
            error?: string | null;
            /** @description The pinned certificate, when it is pinned. */
            fingerprint?: string | null;
            /** Format: uint */
            guests?: number | null;
            /** Format: uint */
            guests_running?: number | null;
            id: string;
            /** Format: uint */
            nodes?: number | null;
            /** Format: uint */
            nodes_online?: number | null;
            pve_version?: string | null;
            quorate?: boolean | null;
            requests: components["schemas"]["Requests"];
            state: components["schemas"]["ClusterState"];
            url: string;
        };
        ClusterState: ("online" | "unreachable") | "degraded";
        /** @description What a person has to type before destructive work. */
        Confirm: {
            prompt: string;
            text: string;
        };
        /** @description What the policy says to work of some risk, wished by some role on some surface. */
        Decision: "never" | "pass" | "ask";
        /** @description What became of one time. */
        FiringRow: {
            due_at: string;
            fired_at: string;
            /** @description runs, waits, done, failed, refused, missed, outside_window; firing while it is being planned. */
            outcome: string;
            plan_id?: string | null;
            run_id?: string | null;
            text: string;
        };
        /** @description How the plan ended on the twin. */
        Foretold: "fails" | "succeeds" | "partial" | "refused" | "unknown";
        /** @description One switch: while it is in force nothing changes, on no surface and in no process. */
        Freeze: {
            at: string;
            /** @description Who froze. */
            by: string;
            id: string;
            reason: string;
            /** @description It ends by itself then; nothing when somebody has to thaw. */
            until?: string | null;
        };
        /** @description How far the state of a cluster can be trusted. */
        Freshness: "fresh" | "stale" | "unreachable";
        /**
         * @description Virtual machine or container; one code path for both.
         * @enum {string}
         */
        GuestKind: "qemu" | "lxc";
        /** @description One guest. What is not known is null. */
        GuestRow: {
            cluster: string;
            /** Format: double */
            cores?: number | null;
            /**
             * Format: double
             * @description Load as a fraction of the guest's cores.
             */
            cpu?: number | null;
            /** Format: uint64 */
            disk_bytes?: number | null;
            ha_state?: string | null;
            kind: components["schemas"]["GuestKind"];
            lock?: string | null;
            /** Format: uint64 */
            memory_bytes?: number | null;
            /** Format: uint64 */
            memory_used_bytes?: number | null;
            name: string;
            node: string;
            pool?: string | null;
            /** @description PVE's word, `unknown` when the node is not online. */
            status: string;
            tags: string[];
            template: boolean;
            /** Format: uint64 */
            uptime_s?: number | null;
            /** Format: uint32 */
            vmid: number;
        };
        /**
         * @description What kind of operation an entry is.
         * @enum {string}
         */
        Kind: "query" | "action" | "feed";
        /** @enum {string} */
        Level: "info" | "warning";
        /** @description What happens to a time at which no process looked. */
        Missed: "skip" | "run_once";
        /** @description One node. */
        NodeRow: {
            cluster: string;
            /** Format: double */
            cores?: number | null;
            /** Format: double */
            cpu?: number | null;
            /** Format: uint64 */
            disk_bytes?: number | null;
            /** Format: uint64 */
            disk_used_bytes?: number | null;
            /** Format: uint */
            guests: number;
            /** Format: uint */
            guests_running: number;
            /** Format: uint64 */
            memory_bytes?: number | null;
            /** Format: uint64 */
            memory_used_bytes?: number | null;
            node: string;
            /** @description `online`, `offline` or `unknown`. */
            status: string;
            /** Format: uint64 */
            uptime_s?: number | null;
        };
        /** @description A guest whose snapshots could not be read. */
        NotRead: {
            guest: string;
            reason: string;
        };
        /** @description Something that the rehearsal says nothing about. */
        NotRehearsed: {
            what: string;
            why: string;
        };
        /** @description What the engine does when a step of a plan is not done. */
        OnFailure: "continue" | "stop" | "roll_back";
        /** @description One operation, as `operations.list` shows it. */
        OperationRow: {
            kind: components["schemas"]["Kind"];
            name: string;
            risk: components["schemas"]["Risk"];
            scope: components["schemas"]["Scope"];
            summary: string;
        };
        ParameterRow: {
            about?: string | null;
            default?: unknown;
            name: string;
            /** @description text, number, flag or guests. */
            type: string;
        };
        /** @description Shape of [`Plan::to_view`], for the interface documents. */
        Plan: {
            approvals: components["schemas"]["PlanApproval"][];
            confirm?: components["schemas"]["Confirm"] | null;
            created_at: string;
            created_by: string;
            digest: string;
            expires_at: string;
            id: string;
            irreversible: string[];
            on_failure: components["schemas"]["OnFailure"];
            op: string;
            preflight: components["schemas"]["Signal"][];
            rehearsal?: components["schemas"]["Rehearsal"] | null;
            risk: components["schemas"]["Risk"];
            ruling?: components["schemas"]["Ruling"] | null;
            run_id?: string | null;
            scope: components["schemas"]["Scope"];
            state: components["schemas"]["PlanState"];
            steps: components["schemas"]["PlanStep"][];
            summary: string;
            surface: components["schemas"]["Surface"];
            thread?: string | null;
        };
        /** @description One person's agreement, as [`PlanView`] shows it. */
        PlanApproval: {
            at: string;
            by: string;
            /** @description The standing approvals it rests on. */
            standing: string[];
            surface: components["schemas"]["Surface"];
        };
        /**
         * @description Where a plan stands. `Proposed` is the only state that can be approved.
         * @enum {string}
         */
        PlanState: "proposed" | "approved" | "rejected" | "expired";
        /** @description One step of [`PlanView`]. */
        PlanStep: {
            change: components["schemas"]["Change"][];
            depends_on: string[];
            id: string;
            /** Format: uint64 */
            interruption_s?: number | null;
            node?: string | null;
            op: string;
            risk: components["schemas"]["Risk"];
            target: string;
            target_name: string;
            title: string;
            undo: boolean;
        };
        Problem: {
            candidates?: unknown[];
            code: string;
            detail?: string;
            difference?: unknown[];
            errors?: {
                [key: string]: string;
            };
            hint?: string | null;
            /** @enum {unknown} */
            retry: "safe" | "unsafe" | "never";
            status: number;
            title: string;
            type?: string;
        };
        ReceiptStep: {
            /** @description The world right before the step, as far as undo and verification rest on it. */
            before?: unknown;
            change: components["schemas"]["Change"][];
            error?: string | null;
            finished_at?: string | null;
            id: string;
            op: string;
            started_at?: string | null;
            state: components["schemas"]["StepState"];
            target: string;
            title: string;
            /** @description What takes the step back; nothing where there is no way back, or nothing happened. */
            undo?: components["schemas"]["Wish"] | null;
            upid?: string | null;
            verify?: components["schemas"]["Verdict"] | null;
        };
        /** @description The outcome of a rehearsal, as it stands on the plan. */
        Rehearsal: {
            at: string;
            changes: components["schemas"]["TwinChange"][];
            /** @description Digest of the plan that was rehearsed. */
            digest: string;
            /**
             * Format: uint64
             * @description From the first step to the last, with the usual number of steps at once.
             */
            duration_s?: number | null;
            /**
             * @description Everything that went wrong, one sentence each; a policy that demands a rehearsal demands that this is
             *     empty.
             * @default []
             */
            errors?: string[];
            /** @description The oldest of the facts that the twin was made of. */
            facts_at: string;
            not_rehearsed: components["schemas"]["NotRehearsed"][];
            outcome: components["schemas"]["Foretold"];
            /** @description Why the plan would be refused as a whole. */
            refused?: string | null;
            /**
             * Format: uint64
             * @description What it cost the live cluster; all of them reads.
             */
            requests: number;
            steps: components["schemas"]["RehearsedStep"][];
            targets: components["schemas"]["RehearsedTarget"][];
            /** Format: uint64 */
            took_ms: number;
        };
        /** @description One step, as it went on the twin. */
        RehearsedStep: {
            /**
             * Format: uint64
             * @description How long it took on the twin's clock.
             */
            duration_s?: number | null;
            error?: string | null;
            id: string;
            /** @description Nothing for a step that was not rehearsed. */
            state?: components["schemas"]["StepState"] | null;
            target: string;
            title: string;
        };
        /** @description What the plan means for one target. */
        RehearsedTarget: {
            /**
             * Format: uint64
             * @description From its first step to its last, as an idle cluster of this size would take.
             */
            duration_s: number;
            /**
             * Format: uint64
             * @description How long it is away; nothing when it is not.
             */
            interruption_s?: number | null;
            name: string;
            /** @description It ran before and does not run after the plan. */
            stays_away: boolean;
            target: string;
        };
        /** @description What this process asked of the cluster since it started. */
        Requests: {
            /** Format: uint64 */
            bytes_received: number;
            /** Format: uint64 */
            count: number;
            /** Format: uint64 */
            failed: number;
            /** Format: uint32 */
            per_second_limit: number;
        };
        /** @description The worst outcome of an operation. Every surface derives its behaviour from it. */
        Risk: "read" | "reversible" | "disruptive" | "destructive";
        /** @description What an account may do. */
        Role: "viewer" | "operator" | "admin";
        /** @description A standing approval as it is shown. */
        Row: {
            by: string;
            created_at: string;
            guests: string[];
            id: string;
            /** @description Whether it counts now; its times are another matter. */
            in_force: boolean;
            note?: string | null;
            op: string;
            role: components["schemas"]["Role"];
            surface: components["schemas"]["Surface"];
            time_zone: string;
            times: string[];
            until: string;
            /** @description Why it does not. */
            why_not?: string | null;
        };
        /** @description One rule as it is shown; an absent list means "any". */
        RuleRow: {
            decision: components["schemas"]["Decision"];
            guests: string[];
            /** Format: uint */
            line: number;
            name: string;
            operations: string[];
            /** Format: uint32 */
            people: number;
            rehearsal: boolean;
            risks: components["schemas"]["Risk"][];
            roles: components["schemas"]["Role"][];
            surfaces: components["schemas"]["Surface"][];
            times: string[];
        };
        /** @description The answer of [`decide`]. */
        Ruling: {
            decision: components["schemas"]["Decision"];
            /**
             * Format: uint32
             * @description So many different people must agree, where somebody is asked.
             */
            people: number;
            /** @description The plan must have been rehearsed without an error. */
            rehearsal: boolean;
            /** @description Names of the rules that decided; empty for the built-in table. */
            rules: string[];
            /** @description One sentence. */
            why: string;
        };
        /** @description An approved plan being carried out. */
        Run: {
            approved_by: string;
            created_by: string;
            finished_at?: string | null;
            id: string;
            op: string;
            plan_id: string;
            started_at?: string | null;
            state: components["schemas"]["RunState"];
            steps: components["schemas"]["RunStep"][];
            summary: string;
        };
        RunRow: {
            approved_by: string;
            created_by: string;
            finished_at?: string | null;
            id: string;
            op: string;
            plan_id: string;
            started_at?: string | null;
            state: components["schemas"]["RunState"];
            /** Format: uint */
            steps: number;
            /** Format: uint */
            steps_done: number;
            summary: string;
            /** @description What the run touches: `cluster/node/vmid` for guests. */
            targets: string[];
        };
        /** @description Where a run stands. The last six are final. */
        RunState: ("queued" | "running" | "verifying" | "succeeded" | "partial" | "failed" | "refused" | "cancelled") | "interrupted";
        /** @description One step of a run. */
        RunStep: {
            error?: string | null;
            finished_at?: string | null;
            id: string;
            op: string;
            started_at?: string | null;
            state: components["schemas"]["StepState"];
            target: string;
            target_name: string;
            title: string;
            /** @description The task on the cluster, once it is known. */
            upid?: string | null;
            verify?: components["schemas"]["Verdict"] | null;
        };
        RunbookRow: {
            created_at: string;
            created_by: string;
            name: string;
            summary: string;
        };
        ScheduleRow: {
            by: string;
            calendar: string;
            enabled: boolean;
            id: string;
            name: string;
            /** @description The next time with its jitter; null when it never comes again. */
            next_at?: string | null;
            note?: string | null;
            time_zone: string;
            /** @description What is wished for. */
            what: string;
        };
        /** @description What an action changes: a cluster, or only the product's own data. */
        Scope: "cluster" | "product";
        /** @description Something a person should know before they consent. */
        Signal: {
            level: components["schemas"]["Level"];
            /** @description `locked`, `ha_managed`, `protected`, `long_uptime`, `prod`, `check_skipped`, … */
            signal: string;
            target?: string | null;
            text: string;
        };
        /** @description One snapshot. */
        SnapshotRow: {
            cluster: string;
            /** @description By the node's clock. */
            created_at?: string | null;
            description?: string | null;
            /** @description Name of the guest. */
            guest: string;
            /** @description Whether it holds the memory of the running machine. */
            memory: boolean;
            name: string;
            node: string;
            parent?: string | null;
            /** @description `prepare` or `delete`: being made or removed, or left like that by an error. */
            unfinished?: string | null;
            /** Format: uint32 */
            vmid: number;
        };
        StepRow: {
            /** @description With `{{parameter}}` where a parameter comes in. */
            input: unknown;
            /**
             * Format: uint
             * @description Its line in the text.
             */
            line: number;
            op: string;
        };
        /** @description Where a step stands. In a final run every step is final. */
        StepState: ("pending" | "running" | "done") | "failed" | "not_executed" | "unknown";
        /** @description One storage: a shared one once, a local one per node. */
        StorageRow: {
            cluster: string;
            content: string[];
            nodes: string[];
            shared: boolean;
            /** @description `available` or `unknown`. */
            status: string;
            storage: string;
            /** Format: uint64 */
            total_bytes?: number | null;
            type?: string | null;
            /** Format: uint64 */
            used_bytes?: number | null;
        };
        /** @description Where a wish came from. A machine may wish; only a person may consent. */
        Surface: ("cli" | "web" | "mcp" | "schedule") | "api" | "chat";
        /** @description One value of one guest that is different after the plan. */
        TwinChange: {
            after: unknown;
            before: unknown;
            /** @description `exists`, `status`, `node`, `lock`, `snapshots` or `config NAME`. */
            field: string;
            name: string;
            /** @description `cluster/node/vmid`, the node before. */
            target: string;
        };
        /** @description The answer of [`Action::verify`]. */
        Verdict: {
            ok: boolean;
            /** @description `web-02 is stopped`, or what is not as promised. */
            text: string;
        };
        /** @description What is wished for when the time comes. */
        What: {
            operation: {
                input: unknown;
                op: string;
            };
        } | {
            runbook: {
                name: string;
                parameters: {
                    [key: string]: unknown;
                };
            };
        };
        /** @description An operation somebody wants, not yet planned. */
        Wish: {
            input: unknown;
            op: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    approvals_grant: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Guests: ids, names or selectors such as `tag=batch`. */
                    guests: string[];
                    /** @description What it is for. */
                    note?: string;
                    /** @description The operation, such as guests.reboot. */
                    op: string;
                    /** @description Zone of the times, such as Europe/Berlin (default: that of the policy, else UTC). */
                    time_zone?: string;
                    /**
                     * @description Times of the week such as `mon..fri 22:00-06:00`; without, any time.
                     * @default []
                     */
                    times?: string[];
                    /** @description Until when, such as 2026-06-01T00:00:00Z; at most a year. */
                    until: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        by: string;
                        created_at: string;
                        guests: string[];
                        id: string;
                        /** @description Whether it counts now; its times are another matter. */
                        in_force: boolean;
                        note?: string | null;
                        op: string;
                        role: components["schemas"]["Role"];
                        surface: components["schemas"]["Surface"];
                        time_zone: string;
                        times: string[];
                        until: string;
                        /** @description Why it does not. */
                        why_not?: string | null;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approvals_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        approvals: components["schemas"]["Row"][];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    approvals_revoke: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The standing approval, such as `sa_…`. */
                    id: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        revoked: boolean;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    audit_export: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description A stream of items */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": {
                        actor?: string | null;
                        at: string;
                        data: unknown;
                        /** @description Lower-case hex SHA-256 over all of the above. */
                        hash: string;
                        kind: string;
                        /** @description The hash of the record before; 64 zeros for the first. */
                        previous: string;
                        /**
                         * Format: uint64
                         * @description Counts from 1 without holes.
                         */
                        seq: number;
                        subject: string;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    audit_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: uint64
                     * @description Only records behind this number.
                     */
                    after?: number;
                    /**
                     * Format: uint32
                     * @description At most this many (default 100).
                     */
                    limit?: number;
                    /** @description Only records of this plan or run. */
                    subject?: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The newest record of the whole chain. */
                        head?: components["schemas"]["AuditHead"] | null;
                        /** @description Oldest first. */
                        records: components["schemas"]["AuditRecord"][];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    audit_verify: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Where the end of the chain is written down outside. */
                        anchor?: string | null;
                        /**
                         * Format: uint
                         * @description How many of the anchored ends were compared; nothing when the anchor cannot be read again.
                         */
                        anchored?: number | null;
                        ok: boolean;
                        /**
                         * Format: uint64
                         * @description Records looked at, up to the first bad one.
                         */
                        records: number;
                        /** @description `the chain of 120 records is whole`, or what is wrong with which record. */
                        text: string;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    clusters_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        clusters: components["schemas"]["ClusterRow"][];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    config_show: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Section, key, value; secrets as `***`. */
                        config: unknown;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    events_watch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description A stream of items */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": {
                        cluster?: string | null;
                        plan_id?: string | null;
                        run_id?: string | null;
                        state?: unknown;
                        summary?: string | null;
                        thread?: string | null;
                        /**
                         * @description `plan.proposed`, `plan.approved`, `plan.rejected`, `plan.expired`, `plan.rehearsed`, `run.started`, `run.event`,
                         *     `run.finished`, `inventory.changed`, `upload.progress`.
                         */
                        type: string;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    guests_reboot: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Guests: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * Format: uint32
                     * @description Seconds the guest may take to shut down (PVE's default without: 60).
                     */
                    timeout_s?: number;
                };
            };
        };
        responses: {
            /** @description A plan that waits for consent */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    guests_show: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description One guest: an id, a name or cluster/node/id. */
                    guest: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        as_of: components["schemas"]["AsOf"][];
                        /** @description The configuration as PVE stores it; passwords are masked by PVE. */
                        config: {
                            [key: string]: string;
                        };
                        description?: string | null;
                        digest?: string | null;
                        guest: components["schemas"]["GuestRow"];
                        snapshots: components["schemas"]["SnapshotRow"][];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    guests_shutdown: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Guests: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * Format: uint32
                     * @description Seconds the guest may take to shut down (PVE's default without: 60).
                     */
                    timeout_s?: number;
                };
            };
        };
        responses: {
            /** @description A plan that waits for consent */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    guests_start: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Guests: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                };
            };
        };
        responses: {
            /** @description A plan that waits for consent */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    guests_stop: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Guests: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                };
            };
        };
        responses: {
            /** @description A plan that waits for consent */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    incident_freeze: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Why; everybody who is refused reads it. */
                    reason: string;
                    /** @description When it ends by itself, such as 2026-03-01T06:00:00Z; without, somebody has to thaw. */
                    until?: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        freeze?: components["schemas"]["Freeze"] | null;
                        frozen: boolean;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    incident_show: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        freeze?: components["schemas"]["Freeze"] | null;
                        frozen: boolean;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    incident_thaw: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        freeze?: components["schemas"]["Freeze"] | null;
                        frozen: boolean;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inventory_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Ids, names or selectors such as `tag=web node=pve1`; all guests without.
                     * @default []
                     */
                    guests?: string[];
                    /** @description Only qemu or only lxc. */
                    kind?: components["schemas"]["GuestKind"] | null;
                    /**
                     * Format: uint32
                     * @description At most this many.
                     */
                    limit?: number;
                    /** @description Only this status, for instance running. */
                    status?: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Source and age, per cluster. */
                        as_of: components["schemas"]["AsOf"][];
                        guests: components["schemas"]["GuestRow"][];
                        /**
                         * Format: uint
                         * @description How many there are without the limit.
                         */
                        total: number;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inventory_vocabulary: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        clusters: string[];
                        /** @description One entry per guest: a name that stands twice belongs to two guests. */
                        names: string[];
                        /** @description Once per cluster: a name that stands twice is on two clusters. */
                        nodes: string[];
                        pools: string[];
                        storages: string[];
                        /** @description Names of guests by tag. */
                        tagged: {
                            [key: string]: string[];
                        };
                        tags: string[];
                        /** @description Changes when a word does. */
                        version: string;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    inventory_watch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description A stream of items */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": {
                        /** @description Source and age, per cluster. */
                        as_of: components["schemas"]["AsOf"][];
                        /** @description When the newest reading was made. */
                        at?: string | null;
                        /** @description Rows that are new or differ from the item before; the first item holds none. */
                        changed: components["schemas"]["GuestRow"][];
                        /** Format: uint */
                        guests: number;
                        /** Format: uint */
                        guests_running: number;
                        /** Format: uint */
                        nodes_online: number;
                        /** @description `cluster/vmid` of guests that are gone. */
                        removed: string[];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    nodes_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Only of this cluster. */
                    cluster?: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        as_of: components["schemas"]["AsOf"][];
                        nodes: components["schemas"]["NodeRow"][];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    operations_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        operations: components["schemas"]["OperationRow"][];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    operations_search: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What you want to do, in a few words. */
                    text: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        operations: components["schemas"]["OperationRow"][];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    operations_show: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Name of the operation, such as `guests.start`. */
                    op: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description JSON schema of the input, without references: what a form is drawn from. */
                        input: unknown;
                        kind: components["schemas"]["Kind"];
                        name: string;
                        risk: components["schemas"]["Risk"];
                        scope: components["schemas"]["Scope"];
                        summary: string;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    plans_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: uint32
                     * @description At most this many (default 50).
                     */
                    limit?: number;
                    /** @description Only plans in this state: proposed, approved, rejected or expired. */
                    state?: components["schemas"]["PlanState"] | null;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        plans: components["schemas"]["Plan"][];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    plans_rehearse: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The plan, such as `p_…`. */
                    plan: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at: string;
                        changes: components["schemas"]["TwinChange"][];
                        /** @description Digest of the plan that was rehearsed. */
                        digest: string;
                        /**
                         * Format: uint64
                         * @description From the first step to the last, with the usual number of steps at once.
                         */
                        duration_s?: number | null;
                        /**
                         * @description Everything that went wrong, one sentence each; a policy that demands a rehearsal demands that this is
                         *     empty.
                         * @default []
                         */
                        errors?: string[];
                        /** @description The oldest of the facts that the twin was made of. */
                        facts_at: string;
                        not_rehearsed: components["schemas"]["NotRehearsed"][];
                        outcome: components["schemas"]["Foretold"];
                        /** @description Why the plan would be refused as a whole. */
                        refused?: string | null;
                        /**
                         * Format: uint64
                         * @description What it cost the live cluster; all of them reads.
                         */
                        requests: number;
                        steps: components["schemas"]["RehearsedStep"][];
                        targets: components["schemas"]["RehearsedTarget"][];
                        /** Format: uint64 */
                        took_ms: number;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    plans_show: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The plan, such as `p_…`. */
                    plan: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        plan: components["schemas"]["Plan"];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policy_check: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Its guests: ids, names or selectors such as `tag=web`.
                     * @default []
                     */
                    guests?: string[];
                    /** @description The rest of its input as JSON, where it needs more than guests. */
                    input?: unknown;
                    /** @description Or an operation, such as guests.stop. */
                    op?: string;
                    /** @description A stored plan. */
                    plan?: string;
                    /** @description Who wishes: viewer, operator or admin (default: your role). */
                    role?: components["schemas"]["Role"] | null;
                    /** @description Where it is wished: cli, web, api, chat, mcp or schedule (default: here). */
                    surface?: components["schemas"]["Surface"] | null;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description The least role whose approval counts. */
                        approver?: components["schemas"]["Role"] | null;
                        at: string;
                        decision: components["schemas"]["Decision"];
                        /** Format: uint32 */
                        people: number;
                        rehearsal: boolean;
                        risk?: components["schemas"]["Risk"] | null;
                        rules: string[];
                        /** @description What would be done; nothing was. */
                        steps: string[];
                        /** @description The rule that decides, and what it wants. */
                        why: string;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    policy_show: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Why the file cannot be used; then every change is refused. */
                        broken?: string | null;
                        /** @description What holds where no rule speaks. */
                        built_in: string[];
                        /** @description The file; null when none is configured and the built-in table decides. */
                        file?: string | null;
                        freeze?: components["schemas"]["Freeze"] | null;
                        rules: components["schemas"]["RuleRow"][];
                        /** @description Whether a standing approval may stand for destructive work. */
                        standing_destructive: boolean;
                        time_zone: string;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pve_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Which cluster; needed only when several are connected. */
                    cluster?: string;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description Parameters, each key=value; on the command line key=@FILE uploads a file, @@ begins a value with @.
                     * @default []
                     */
                    params?: string[];
                    /** @description Path below /api2/json, for instance /nodes/pve1/qemu/100/config; it is what has to be confirmed. */
                    path: string;
                };
            };
        };
        responses: {
            /** @description A plan that waits for consent */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pve_delete: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Which cluster; needed only when several are connected. */
                    cluster?: string;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description Parameters, each key=value; on the command line key=@FILE uploads a file, @@ begins a value with @.
                     * @default []
                     */
                    params?: string[];
                    /** @description Path below /api2/json, for instance /nodes/pve1/qemu/100/config; it is what has to be confirmed. */
                    path: string;
                };
            };
        };
        responses: {
            /** @description A plan that waits for consent */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pve_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Which cluster; needed only when several are connected. */
                    cluster?: string;
                    /**
                     * @description Parameters, each key=value.
                     * @default []
                     */
                    params?: string[];
                    /** @description Path below /api2/json, for instance /nodes/pve1/status. */
                    path: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        data: unknown;
                        /**
                         * Format: uint64
                         * @description Number of all rows, where PVE pages.
                         */
                        total?: number | null;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pve_set: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Which cluster; needed only when several are connected. */
                    cluster?: string;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description Parameters, each key=value; on the command line key=@FILE uploads a file, @@ begins a value with @.
                     * @default []
                     */
                    params?: string[];
                    /** @description Path below /api2/json, for instance /nodes/pve1/qemu/100/config; it is what has to be confirmed. */
                    path: string;
                };
            };
        };
        responses: {
            /** @description A plan that waits for consent */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runbooks_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Take the place of a runbook of the same name.
                     * @default false
                     */
                    replace?: boolean;
                    /** @description The text in YAML: `name`, `summary`, `parameters`, `steps`. */
                    source: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @description True where it took the place of another text. */
                        replaced: boolean;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runbooks_delete: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The runbook. */
                    name: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        deleted: boolean;
                        name: string;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runbooks_export: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The runbook. */
                    name: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        name: string;
                        /** @description YAML, as `runbooks.create` takes it. */
                        source: string;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runbooks_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        runbooks: components["schemas"]["RunbookRow"][];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runbooks_run: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The runbook. */
                    name: string;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description Parameters as JSON, with their types.
                     * @default null
                     */
                    parameters?: unknown;
                    /**
                     * @description Parameters as `name=value`.
                     * @default []
                     */
                    set?: string[];
                };
            };
        };
        responses: {
            /** @description A plan that waits for consent */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runbooks_show: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The runbook. */
                    name: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        created_at: string;
                        created_by: string;
                        name: string;
                        parameters: components["schemas"]["ParameterRow"][];
                        steps: components["schemas"]["StepRow"][];
                        summary: string;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runs_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * Format: uint32
                     * @description At most this many (default 50).
                     */
                    limit?: number;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        runs: components["schemas"]["RunRow"][];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runs_receipt: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The run, such as `r_…`. */
                    run: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        approved_as: components["schemas"]["Role"];
                        approved_at: string;
                        approved_by: string;
                        approved_on: components["schemas"]["Surface"];
                        created_by: string;
                        digest: string;
                        finished_at?: string | null;
                        op: string;
                        plan: string;
                        /** @description The run's records in the audit chain. */
                        records: components["schemas"]["AuditRecord"][];
                        run: string;
                        started_at?: string | null;
                        state: components["schemas"]["RunState"];
                        steps: components["schemas"]["ReceiptStep"][];
                        summary: string;
                        /** @description In the order in which they would be carried out; `runs.undo` makes a plan of them. */
                        undo: components["schemas"]["Wish"][];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    runs_undo: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /** @description The run to take back, such as `r_…`. */
                    run: string;
                };
            };
        };
        responses: {
            /** @description A plan that waits for consent */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    schedules_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description When, as in PVE: `daily`, `mon..fri 02:30`, `*:0/15`. */
                    calendar: string;
                    /**
                     * @description Guests of the operation: ids, names or selectors such as `tag=batch`.
                     * @default []
                     */
                    guests?: string[];
                    /** @description What else the operation needs, as JSON. */
                    input?: unknown;
                    /**
                     * Format: uint32
                     * @description Up to so many seconds later, spread over schedules.
                     */
                    jitter_s?: number;
                    /** @description What happens to a time at which nobody looked: skip (default) or run_once. */
                    missed?: components["schemas"]["Missed"] | null;
                    /** @description Its name: small letters, digits and `-`. */
                    name: string;
                    /** @description What it is for. */
                    note?: string;
                    /** @description The operation, such as guests.reboot; or a runbook instead. */
                    op?: string;
                    /** @description Parameters of the runbook as JSON. */
                    parameters?: unknown;
                    /** @description The runbook. */
                    runbook?: string;
                    /** @description Zone of the times, such as Europe/Berlin (default UTC). */
                    time_zone?: string;
                    /**
                     * @description Maintenance windows such as `sat,sun 01:00-05:00`: outside of them nothing happens.
                     * @default []
                     */
                    windows?: string[];
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        by: string;
                        calendar: string;
                        enabled: boolean;
                        id: string;
                        name: string;
                        /** @description The next time with its jitter; null when it never comes again. */
                        next_at?: string | null;
                        note?: string | null;
                        time_zone: string;
                        /** @description What is wished for. */
                        what: string;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    schedules_delete: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The schedule: its name or id. */
                    schedule: string;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        deleted: boolean;
                        name: string;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    schedules_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        schedules: components["schemas"]["ScheduleRow"][];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    schedules_run: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /** @description The schedule: its name or id. */
                    schedule: string;
                };
            };
        };
        responses: {
            /** @description A plan that waits for consent */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    schedules_set: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description When, as in PVE: `daily`, `mon..fri 02:30`. */
                    calendar?: string;
                    /** @description Whether it comes at all. */
                    enabled?: boolean;
                    /**
                     * Format: uint32
                     * @description Up to so many seconds later.
                     */
                    jitter_s?: number;
                    /** @description What happens to a time at which nobody looked: skip or run_once. */
                    missed?: components["schemas"]["Missed"] | null;
                    /** @description What it is for. */
                    note?: string;
                    /** @description The schedule: its name or id. */
                    schedule: string;
                    /** @description Zone of the times. */
                    time_zone?: string;
                    /**
                     * @description Maintenance windows in place of the present ones; `any` for none.
                     * @default []
                     */
                    windows?: string[];
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        by: string;
                        calendar: string;
                        enabled: boolean;
                        id: string;
                        name: string;
                        /** @description The next time with its jitter; null when it never comes again. */
                        next_at?: string | null;
                        note?: string | null;
                        time_zone: string;
                        /** @description What is wished for. */
                        what: string;
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    schedules_show: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The schedule: its name or id. */
                    schedule: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        by: string;
                        calendar: string;
                        does: components["schemas"]["What"];
                        enabled: boolean;
                        /** @description Newest first. */
                        firings: components["schemas"]["FiringRow"][];
                        id: string;
                        /** Format: uint32 */
                        jitter_s: number;
                        missed: components["schemas"]["Missed"];
                        name: string;
                        /** @description The next time with its jitter; null when it never comes again. */
                        next_at?: string | null;
                        /** @description As the calendar says, without jitter. */
                        next_times: string[];
                        note?: string | null;
                        time_zone: string;
                        /** @description What is wished for. */
                        what: string;
                        windows: string[];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    snapshots_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description A note. */
                    description?: string;
                    /** @description Guests: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /**
                     * @description Keep the memory of running virtual machines too.
                     * @default false
                     */
                    memory?: boolean;
                    /** @description Name of the snapshot: a letter, then letters, digits, `_` or `-`. */
                    name: string;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                };
            };
        };
        responses: {
            /** @description A plan that waits for consent */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    snapshots_delete: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Guests: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /** @description Name of the snapshot. */
                    name: string;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                };
            };
        };
        responses: {
            /** @description A plan that waits for consent */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Plan"];
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    snapshots_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Ids, names or selectors; all guests without.
                     * @default []
                     */
                    guests?: string[];
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        as_of: components["schemas"]["AsOf"][];
                        /** @description Never silently shorter: what is missing, and why. */
                        not_read: components["schemas"]["NotRead"][];
                        snapshots: components["schemas"]["SnapshotRow"][];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    storages_list: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Only of this cluster. */
                    cluster?: string;
                    /** @description Only what this node sees. */
                    node?: string;
                };
            };
        };
        responses: {
            /** @description The answer */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        as_of: components["schemas"]["AsOf"][];
                        storages: components["schemas"]["StorageRow"][];
                    };
                };
            };
            /** @description What went wrong, and what to do */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
