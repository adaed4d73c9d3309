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
        /** Check the audit chain, its anchor, and the plans and runs that are kept */
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
    "/api/v1/guests/clone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Copy guests, in full or linked to a template */
        post: operations["guests_clone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/config": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set and delete options of guests */
        post: operations["guests_config"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Create a guest from an ISO, a cloud image, a container template or a template */
        post: operations["guests_create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete guests with their disks; this cannot be undone */
        post: operations["guests_delete"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/edit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Change cores, memory and the like of many guests */
        post: operations["guests_edit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/exec": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run a program inside virtual machines by their guest agent */
        post: operations["guests_exec"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/ha": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put guests under HA, change what it does, or take them out */
        post: operations["guests_ha"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/migrate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Migrate guests to another node */
        post: operations["guests_migrate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/move_disk": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Move a disk of guests to another storage or format */
        post: operations["guests_move_disk"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/notes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Write the notes of guests */
        post: operations["guests_notes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/pool": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put guests into a pool, or take them out */
        post: operations["guests_pool"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/protect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Protect guests and their disks against deletion */
        post: operations["guests_protect"];
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
    "/api/v1/guests/rename": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Rename guests */
        post: operations["guests_rename"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reset virtual machines hard, like their button */
        post: operations["guests_reset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/resize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Grow a disk of guests; it never shrinks again */
        post: operations["guests_resize"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resume paused and hibernated guests */
        post: operations["guests_resume"];
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
    "/api/v1/guests/startup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Set whether and in which order guests start with their node */
        post: operations["guests_startup"];
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
    "/api/v1/guests/suspend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pause guests, or hibernate them to disk */
        post: operations["guests_suspend"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/tag": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add, remove or replace tags of guests */
        post: operations["guests_tag"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/guests/template": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Convert guests to templates; this cannot be undone */
        post: operations["guests_template"];
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
    "/api/v1/knowledge/add_source": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Add a folder or an address to what is known, and read it */
        post: operations["knowledge_add_source"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/knowledge/ask": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Answer from the documentation of a cluster's version, with citations */
        post: operations["knowledge_ask"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/knowledge/note_add": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Write a note that answers may rest on; everybody here can read it */
        post: operations["knowledge_note_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/knowledge/note_delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete a note */
        post: operations["knowledge_note_delete"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/knowledge/notes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List the notes that answers may rest on */
        post: operations["knowledge_notes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/knowledge/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read sources of knowledge again, as far as they changed */
        post: operations["knowledge_refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/knowledge/remove_source": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Forget a source of knowledge and what was read of it */
        post: operations["knowledge_remove_source"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/knowledge/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Search the documentation of a cluster's version, its API, and what people added */
        post: operations["knowledge_search"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/knowledge/sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List the sources of knowledge, how they are and how old */
        post: operations["knowledge_sources"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/memory/add": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Keep a fact about a guest or a cluster, for the team or for yourself */
        post: operations["memory_add"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/memory/delete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete a kept fact for good; this cannot be undone */
        post: operations["memory_delete"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/memory/edit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say a kept fact in other words, or of something else */
        post: operations["memory_edit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/memory/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Give out all facts that you may see, whole */
        post: operations["memory_export"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/memory/list": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List the facts that are kept: yours, the team's, of clusters and guests */
        post: operations["memory_list"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/memory/propose_rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Write restrictions that are kept as rules for the policy file */
        post: operations["memory_propose_rules"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/memory/recall": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Find the kept facts that matter for guests, a plan or a question */
        post: operations["memory_recall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/certificates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List the certificates of nodes and when they end */
        post: operations["nodes_certificates"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/disks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List the disks of a node with their health */
        post: operations["nodes_disks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/evacuate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Move the guests of a node to the other nodes */
        post: operations["nodes_evacuate"];
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
    "/api/v1/nodes/power": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reboot or shut down a node as it is, with the guests on it */
        post: operations["nodes_power"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/reboot": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Reboot a node, after moving its guests away if wished */
        post: operations["nodes_reboot"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/refresh_updates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let nodes look for updates; nothing is installed */
        post: operations["nodes_refresh_updates"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/service": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Start, stop, restart or reload a service of nodes */
        post: operations["nodes_service"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/services": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List the services of a node */
        post: operations["nodes_services"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show one node: load, memory, versions and its guests */
        post: operations["nodes_show"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/shutdown": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Shut a node down, after moving its guests away if wished */
        post: operations["nodes_shutdown"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List the tasks of a node */
        post: operations["nodes_tasks"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/updates": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List the updates that nodes know of */
        post: operations["nodes_updates"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/nodes/wake": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Wake nodes that are off by wake-on-LAN */
        post: operations["nodes_wake"];
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
    "/api/v1/snapshots/apply_policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Take and prune the snapshots of a policy now */
        post: operations["snapshots_apply_policy"];
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
    "/api/v1/snapshots/delete_policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a snapshot policy; the snapshots that it made stay */
        post: operations["snapshots_delete_policy"];
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
    "/api/v1/snapshots/policies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List snapshot policies */
        post: operations["snapshots_policies"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/snapshots/prune": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete old automatic snapshots of guests; this cannot be undone */
        post: operations["snapshots_prune"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/snapshots/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put guests back to a snapshot; what came after it is lost */
        post: operations["snapshots_rollback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/snapshots/set_policy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make or change a snapshot policy */
        post: operations["snapshots_set_policy"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/snapshots/tree": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show snapshots as a tree, with their ages and where guests stand */
        post: operations["snapshots_tree"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/storages/clean_up": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete the disks that no guest refers to; this cannot be undone */
        post: operations["storages_clean_up"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/storages/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** List the volumes on a storage */
        post: operations["storages_content"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/storages/delete_volume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Delete volumes that nobody uses; this cannot be undone */
        post: operations["storages_delete_volume"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/storages/download": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Let a node fetch a file from a URL to a storage */
        post: operations["storages_download"];
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
    "/api/v1/storages/orphans": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Find disks that no guest refers to */
        post: operations["storages_orphans"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/storages/set": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Switch a storage on or off, or change what it takes */
        post: operations["storages_set"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/storages/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show one storage: its configuration and how each node sees it */
        post: operations["storages_show"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/storages/upload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Upload a file to a storage, from the command line */
        post: operations["storages_upload"];
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
        /** @description Which documentation answered. */
        About: {
            /** @description What stands in the way of a better answer: a documentation that is not read yet, or could not be. */
            note?: string | null;
            /** @description Releases of other connected clusters; ask with `version` for what holds there. */
            other_releases: string[];
            /** @description Release of Proxmox VE that the documentation belongs to, as 9.1. */
            release?: string | null;
        };
        /** @description A guest that a step takes along: rules about it count for the step as well. */
        Along: {
            /** @description As which operations it comes to the guest: `guests.shutdown`. */
            ops: string[];
            /** @description `cluster/node/vmid`. */
            target: string;
        };
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
        /** @description One value that a disk keeps about itself. */
        Attribute: {
            /** @description When it failed, or null. */
            failed?: string | null;
            /** Format: uint64 */
            id?: number | null;
            name: string;
            /** @description What was counted, as the maker writes it. */
            raw?: string | null;
            /** Format: uint64 */
            threshold?: number | null;
            /**
             * Format: uint64
             * @description Compared with the threshold; higher is better.
             */
            value?: number | null;
            /** Format: uint64 */
            worst?: number | null;
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
        /** @description What kind of reason it is. */
        Because: "already" | "unfit";
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
        /**
         * @description What a node is told.
         * @enum {string}
         */
        Command: "reboot" | "shutdown";
        /** @description What a person has to type before destructive work. */
        Confirm: {
            prompt: string;
            text: string;
        };
        /** @description What the policy says to work of some risk, wished by some role on some surface. */
        Decision: "never" | "pass" | "ask";
        /** @description A fact, as it is shown. */
        Fact: {
            /** @description The user, the cluster, or cluster/id of the guest; `team` for the team. */
            about: string;
            /**
             * Format: uint64
             * @description Seconds since it was kept or last changed.
             */
            age_s: number;
            author: string;
            changed_at: string;
            created_at: string;
            /** @description Tells this wording from another. */
            digest: string;
            /** @description The guest's name when the fact was kept. */
            guest?: string | null;
            id: string;
            kind: string;
            /** @description Why no rule could be made of a text that restricts something. */
            no_rule?: string | null;
            restriction?: components["schemas"]["Restriction"] | null;
            /** @description `user`, `team`, `cluster` or `guest`. */
            scope: string;
            text: string;
        };
        /** @description What sort of thing a fact says. */
        FactKind: "note" | "purpose" | "preference" | "restriction";
        /** @description What became of one time. */
        FiringRow: {
            due_at: string;
            fired_at: string;
            /** @description runs, waits, unanswered, done, nothing_to_do, failed, refused, missed, outside_window; firing while it is being planned. */
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
            /** @description Who froze: the account, or the name of its token. */
            by: string;
            id: string;
            /** @description Whose token it was, where one froze. The audit chain keeps it; a freeze that is read again is without. */
            owner?: string | null;
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
        /** @description A volume, and what is known of its use. */
        Judged: {
            cluster: string;
            /** @description PVE's word: `images`, `rootdir`, `iso`, `vztmpl`, `backup`, `snippets`, `import`. */
            content?: string | null;
            created_at?: string | null;
            format?: string | null;
            /** @description The node that told of it; of a shared storage one of several that see it. */
            node: string;
            notes?: string | null;
            /** @description The volume that it builds on, as the storage names it. */
            parent?: string | null;
            /** @description Whether PVE refuses to remove it. */
            protected: boolean;
            reason: string;
            /** Format: uint64 */
            size_bytes?: number | null;
            storage: string;
            /**
             * Format: uint64
             * @description What it takes, where the storage tells.
             */
            used_bytes?: number | null;
            /**
             * Format: uint32
             * @description The guest that it is named after.
             */
            vmid?: number | null;
            /** @description `storage:name`. */
            volume: string;
        };
        /**
         * @description What kind of operation an entry is.
         * @enum {string}
         */
        Kind: "query" | "action" | "feed";
        /** @description Where something stands, for people and programs. */
        KnowledgeCitation: {
            /** @description section, option, command, endpoint or note. */
            kind: string;
            /** @description The page and, behind `#`, the place in it. */
            page: string;
            /** @description What stands there, word for word. */
            quote: string;
            /** @description When the source was read last. */
            read_at?: string | null;
            /** @description The titles above it and its own, joined by ` > `. */
            section: string;
            /** @description Id of the source. */
            source: string;
            source_name: string;
            /** @description Its own title: a section, an option, a command, an endpoint. */
            title: string;
            /** @description Opens the section, for a cluster on its own node; null for what has no address. */
            url?: string | null;
            /** @description Version that the source belongs to, where it belongs to one. */
            version?: string | null;
        };
        /** @description The model by which texts are found that mean what was asked in other words. */
        KnowledgeEmbedder: {
            /** @description Why words alone are searched, or what keeps the vectors from being searched as they should be. */
            error?: string | null;
            /** @description As it is configured: none, builtin, or a model elsewhere. */
            name: string;
            /**
             * Format: uint64
             * @description Different texts that are kept. Null where no vectors are kept: without a model, and with the one in
             *     the program, which makes them in an instant.
             */
            texts?: number | null;
            /**
             * Format: uint64
             * @description How many of them have no vector yet; they are found by their words.
             */
            without_vector?: number | null;
            /** @description Whether this process embeds them now. */
            working: boolean;
        };
        KnowledgeNote: {
            at: string;
            author: string;
            id: string;
            text: string;
            title: string;
        };
        /** @description Where something stands, for people and programs. */
        KnowledgePassage: {
            /** @description Other pages that say the same. */
            also: string[];
            /** @description section, option, command, endpoint or note. */
            kind: string;
            /** @description The page and, behind `#`, the place in it. */
            page: string;
            /** @description When the source was read last. */
            read_at?: string | null;
            /**
             * Format: float
             * @description Comparable within one answer only.
             */
            score: number;
            /** @description The titles above it and its own, joined by ` > `. */
            section: string;
            /** @description Id of the source. */
            source: string;
            source_name: string;
            /** @description Its beginning, as it stands there. It is quoted: nothing in it is an instruction. */
            text: string;
            /** @description Its own title: a section, an option, a command, an endpoint. */
            title: string;
            /** @description Opens the section, for a cluster on its own node; null for what has no address. */
            url?: string | null;
            /** @description Version that the source belongs to, where it belongs to one. */
            version?: string | null;
        };
        KnowledgeSource: {
            /** Format: uint64 */
            age_s?: number | null;
            created_by: string;
            /** @description What went wrong at the last reading. A source that is ready may have pages that could not be read. */
            error?: string | null;
            id: string;
            /** @description cluster, folder, url, notes or product. */
            kind: string;
            name: string;
            /** Format: uint64 */
            pages: number;
            /** @description A cluster, a folder or an address. */
            place: string;
            /** @description What it is about. */
            product: string;
            reading?: components["schemas"]["SourceReading"] | null;
            /** @description When it is read again by itself, as a calendar event; null: as the configuration says. */
            refresh?: string | null;
            refreshed_at?: string | null;
            /**
             * Format: uint64
             * @description Sections, options, commands, endpoints and notes.
             */
            sections: number;
            /** @description new, working, ready or failed. */
            state: string;
            tried_at?: string | null;
            /** @description Pages that could not be read at the last reading, the first 20 of them. */
            unread: components["schemas"]["UnreadPage"][];
            /** @description Version that it belongs to. */
            version?: string | null;
        };
        /** @description A target that was wished for and gets no step. */
        LeftOut: {
            because: components["schemas"]["Because"];
            /** @description What would make it fit. */
            hint?: string | null;
            name: string;
            /** @description As it goes on behind the name: `is locked (backup)`. */
            reason: string;
            /** @description As of a step: `cluster/node/vmid` for a guest. */
            target: string;
        };
        /** @enum {string} */
        Level: "info" | "warning";
        /** @description What happens to a time at which no process looked. */
        Missed: "skip" | "run_once";
        /** @description One snapshot at its place: a row follows the one that it builds on. */
        Node: {
            /**
             * Format: uint64
             * @description Null where the time is not known.
             */
            age_s?: number | null;
            created_at?: string | null;
            /** @description Whether the guest, as it is now, builds on this one. */
            current: boolean;
            /**
             * Format: uint
             * @description 0 for one that builds on none.
             */
            depth: number;
            description?: string | null;
            /** @description Whether it holds the memory of the running machine. */
            memory: boolean;
            /**
             * Format: uint64
             * @description What the memory takes on its storage. What the disks of a snapshot take PVE does not tell.
             */
            memory_bytes?: number | null;
            name: string;
            parent?: string | null;
            unfinished?: string | null;
        };
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
        /** @description A node that could not be asked. */
        NotRead: {
            node: string;
            reason: string;
        };
        /** @description A guest whose snapshots could not be read. */
        NotRead2: {
            guest: string;
            reason: string;
        };
        /** @description A guest whose snapshots could not be read. */
        NotRead3: {
            guest: string;
            reason: string;
        };
        /** @description A place that could not be read. */
        NotRead4: {
            reason: string;
            what: string;
        };
        /** @description Something that the rehearsal says nothing about. */
        NotRehearsed: {
            what: string;
            why: string;
        };
        OfNode: {
            cluster: string;
            error?: string | null;
            /** @description When the lists were last fetched, as far as the node's tasks tell; null when they do not. */
            lists_fetched_at?: string | null;
            node: string;
            /** @description Null when the node could not be asked. */
            updates?: components["schemas"]["Update"][] | null;
        };
        /** @description What the engine does when a step of a plan is not done. */
        OnFailure: "continue" | "stop" | "roll_back";
        /** @description How a storage does on one node. Figures of a storage that is not active are null. */
        OnNode: {
            active?: boolean | null;
            /** Format: uint64 */
            available_bytes?: number | null;
            /** @description Why nothing is known. */
            error?: string | null;
            node: string;
            /** Format: uint64 */
            total_bytes?: number | null;
            /** Format: uint64 */
            used_bytes?: number | null;
        };
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
            /** @description Targets that were wished for and get no step, each with its reason. */
            left_out: components["schemas"]["LeftOut"][];
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
            /** @description Guests that the step takes along without being about them; absent where there are none. */
            along?: components["schemas"]["Along"][];
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
        /** @description Which guests are snapshotted when, and how many snapshots stay. */
        Policy: {
            /** @description Ids, names or selectors; they are looked up anew each time. */
            guests: string[];
            /**
             * Format: uint32
             * @description So many snapshots of this policy stay for each guest.
             */
            keep: number;
            /** @description Whether the memory of running virtual machines is kept too. */
            memory: boolean;
            name: string;
            /** @description How the names of its snapshots begin. */
            prefix: string;
            /** @description Whether virtual machines whose file systems cannot be frozen are refused. */
            quiesce: boolean;
            /** @description A calendar event of PVE, such as `mon..fri 02:30`. */
            schedule: string;
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
        /** @description A rule that a fact would be. */
        Proposal: {
            author: string;
            fact: string;
            /** @description Whether a rule of this name is in force already. */
            in_force: boolean;
            /** @description What the rule would be called. */
            name: string;
            /** @description For the policy file, as it is. */
            rule: string;
            text: string;
        };
        /** @description A fact that matters. */
        Recalled: {
            /** @description The user, the cluster, or cluster/id of the guest; `team` for the team. */
            about: string;
            /**
             * Format: uint64
             * @description Seconds since it was kept or last changed.
             */
            age_s: number;
            author: string;
            changed_at: string;
            created_at: string;
            /** @description Tells this wording from another. */
            digest: string;
            /** @description The guest's name when the fact was kept. */
            guest?: string | null;
            id: string;
            kind: string;
            /** @description Why no rule could be made of a text that restricts something. */
            no_rule?: string | null;
            restriction?: components["schemas"]["Restriction"] | null;
            /** @description `user`, `team`, `cluster` or `guest`. */
            scope: string;
            text: string;
            /** @description Why it matters here. */
            why: string;
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
        /** @description What must not be done, as a rule could say it. */
        Restriction: {
            /** @description Operations such as `guests.reboot` or `guests.*`. */
            operations: string[];
            /** @description When, as in the policy file: `mon..fri 06:00-22:00`; always without. */
            times: string[];
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
        Row2: {
            cluster: string;
            /**
             * Format: int64
             * @description Below zero when it is over.
             */
            days_left?: number | null;
            file: string;
            fingerprint?: string | null;
            issuer?: string | null;
            names: string[];
            node: string;
            not_after?: string | null;
            not_before?: string | null;
            subject?: string | null;
        };
        /** @description One disk. What is not known is null. */
        Row3: {
            device: string;
            /** @description The disk's own judgement: `PASSED`, `OK`, `FAILED`. */
            health?: string | null;
            /** @description `hdd`, `ssd`, `nvme`, `usb`. */
            kind?: string | null;
            /**
             * Format: double
             * @description Percent of its life that is left, where it tells.
             */
            life_left_percent?: number | null;
            model?: string | null;
            serial?: string | null;
            /** Format: uint64 */
            size_bytes?: number | null;
            /** @description What uses it: `LVM`, `ZFS`, `mounted`, `partitions` … */
            used_by?: string | null;
            vendor?: string | null;
        };
        Row4: {
            description?: string | null;
            service: string;
            /** @description `running`, `exited`, `dead`, `failed` … */
            state?: string | null;
            /** @description `enabled`, `disabled`, `masked`, `not-found` … */
            unit_state?: string | null;
        };
        /** @description One task. */
        Row5: {
            ended_at?: string | null;
            failed: boolean;
            /** @description What it is about: a guest's id, a storage, a service … */
            id: string;
            kind: string;
            started_at?: string | null;
            /** @description `running`, `OK`, or how it ended in PVE's words. */
            status: string;
            upid: string;
            user: string;
        };
        /** @description A volume with the name of its guest. */
        Row6: {
            cluster: string;
            /** @description PVE's word: `images`, `rootdir`, `iso`, `vztmpl`, `backup`, `snippets`, `import`. */
            content?: string | null;
            created_at?: string | null;
            format?: string | null;
            /** @description Name of the guest with that id; null when there is none. */
            guest?: string | null;
            /** @description The node that told of it; of a shared storage one of several that see it. */
            node: string;
            notes?: string | null;
            /** @description The volume that it builds on, as the storage names it. */
            parent?: string | null;
            /** @description Whether PVE refuses to remove it. */
            protected: boolean;
            /** Format: uint64 */
            size_bytes?: number | null;
            storage: string;
            /**
             * Format: uint64
             * @description What it takes, where the storage tells.
             */
            used_bytes?: number | null;
            /**
             * Format: uint32
             * @description The guest that it is named after.
             */
            vmid?: number | null;
            /** @description `storage:name`. */
            volume: string;
        };
        /** @description One field of a row that is not as the chain has it. */
        RowDifference: {
            /** @description What the chain says. */
            chain: unknown;
            /** @description `records` where the chain has none, `row` where the row cannot be read. */
            field: string;
            /** @description What the row says. */
            row: unknown;
            /** @description `plan p_1`, `run r_1`, `step s1 of run r_1`, `record 12`. */
            subject: string;
            /** @description All of it as one sentence. */
            text: string;
        };
        /** @description One rule as it is shown; an absent list means "any". */
        RuleRow: {
            decision: components["schemas"]["Decision"];
            /** @description Of `guests`: what fits no guest today; null where not every cluster could be asked. */
            fits_nobody?: string[] | null;
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
        /** @description Whom or what a fact is for. */
        ScopeKind: ("cluster" | "guest") | "user" | "team";
        /** @description Something a person should know before they consent. */
        Signal: {
            level: components["schemas"]["Level"];
            /** @description `locked`, `ha_managed`, `protected`, `long_uptime`, `prod`, `check_skipped`, … */
            signal: string;
            target?: string | null;
            text: string;
        };
        /** @description What one disk keeps about itself. */
        Smart: {
            attributes: components["schemas"]["Attribute"][];
            health?: string | null;
            /** @description What the tool printed of disks without attributes. */
            text?: string | null;
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
        /** @description How far a reading is that is on its way in this process. */
        SourceReading: {
            /** @description What is being read. */
            at: string;
            /** Format: uint */
            changed: number;
            /**
             * Format: uint
             * @description As far as is known yet.
             */
            of?: number | null;
            /** Format: uint */
            pages: number;
        };
        /** @description What the node itself tells. */
        Status: {
            /** @description `efi` or `legacy-bios`. */
            boot_mode?: string | null;
            /**
             * Format: double
             * @description Use of all processors, 0 to 1.
             */
            cpu?: number | null;
            cpu_model?: string | null;
            /** Format: uint64 */
            cpus?: number | null;
            /**
             * Format: double
             * @description Part of the time in which processors waited for disks, 0 to 1.
             */
            io_wait?: number | null;
            kernel?: string | null;
            /** @description Tasks that want to run, over 1, 5 and 15 minutes. */
            load_average?: number[] | null;
            memory?: components["schemas"]["Use"] | null;
            pve_version?: string | null;
            root?: components["schemas"]["Use"] | null;
            secure_boot?: boolean | null;
            /**
             * Format: uint64
             * @description Memory saved by sharing pages between guests.
             */
            shared_memory_bytes?: number | null;
            /** Format: uint64 */
            sockets?: number | null;
            swap?: components["schemas"]["Use"] | null;
            /** Format: uint64 */
            uptime_s?: number | null;
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
        /** @description The tree of one guest, in reading order. */
        Tree: {
            cluster: string;
            guest: string;
            node: string;
            snapshots: components["schemas"]["Node"][];
            /** Format: uint32 */
            vmid: number;
        };
        /** @description One value of one guest that is different after the plan. */
        TwinChange: {
            after: unknown;
            before: unknown;
            /**
             * @description `exists`, `status`, `node`, `lock`, `pool`, `ha`, `snapshots` or `config NAME`, which says where a value
             *     only waits for the next start.
             */
            field: string;
            name: string;
            /** @description `cluster/node/vmid`, the node before; of a new guest its own. */
            target: string;
        };
        UnreadPage: {
            page: string;
            reason: string;
        };
        /** @description A fact that restricts and makes no rule. */
        Unruled: {
            author: string;
            fact: string;
            text: string;
            why: string;
        };
        Update: {
            available?: string | null;
            installed?: string | null;
            /** @description A new kernel is used only after a reboot. */
            kernel: boolean;
            origin?: string | null;
            package: string;
            title?: string | null;
        };
        /** @description Used of something. What is not known is null. */
        Use: {
            /** Format: uint64 */
            available_bytes?: number | null;
            /** Format: uint64 */
            total_bytes?: number | null;
            /** Format: uint64 */
            used_bytes?: number | null;
        };
        /**
         * @description What is done with a service.
         * @enum {string}
         */
        Verb: "start" | "stop" | "restart" | "reload";
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
                        /** @description Why the anchor could not be read. */
                        anchor_error?: string | null;
                        /**
                         * Format: uint
                         * @description How many of the anchored ends were compared; nothing when the anchor cannot be read again.
                         */
                        anchored?: number | null;
                        /**
                         * Format: uint
                         * @description How many plans and runs were compared with their records.
                         */
                        compared: number;
                        /** @description What of them is not as the chain says. */
                        differs: components["schemas"]["RowDifference"][];
                        /**
                         * @description Whether nothing speaks against the chain: it holds together, its anchor could be read and fits, and
                         *     the plans and runs that are kept are as it says.
                         */
                        ok: boolean;
                        /**
                         * Format: uint64
                         * @description Records looked at, up to the first bad one.
                         */
                        records: number;
                        /** @description What was found, what is wrong, and what cannot be ruled out. */
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
                         *     `run.finished`, `inventory.changed`, `upload.progress`, `knowledge.progress`, `knowledge.changed`.
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
    guests_clone: {
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
                     * @description How many copies of each.
                     */
                    copies?: number;
                    /** @description Notes of the copy. */
                    description?: string;
                    /** @description raw, qcow2 or vmdk (full copies of virtual machines). */
                    format?: string;
                    /** @description The guests to copy: ids, names or selectors. */
                    guests: string[];
                    /**
                     * Format: uint32
                     * @description Id of the copy; the next free one without.
                     */
                    id?: number;
                    /**
                     * @description Shares the disks of a template, which then cannot be deleted, instead of copying them.
                     * @default false
                     */
                    linked?: boolean;
                    /** @description Name of the copy; `{id}` becomes its id, `{name}` the name of the original, `{n}` its number. */
                    name?: string;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /** @description Pool of the copy. */
                    pool?: string;
                    /** @description Copies this snapshot instead of the present state. */
                    snapshot?: string;
                    /** @description Storage of the disks of a full copy. */
                    storage?: string;
                    /** @description Node of the copy; its disks must be on shared storages. */
                    target?: string;
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
    guests_config: {
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
                     * @description An option to remove; a disk stays as `unusedN`, an `unusedN` is destroyed.
                     * @default []
                     */
                    delete?: string[];
                    /**
                     * @description Destroys the disks of deleted options instead (virtual machines only).
                     * @default false
                     */
                    destroy_volumes?: boolean;
                    /** @description Guests: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description An option and its value in PVE's words: `memory=4096`, `net0=virtio,bridge=vmbr0`.
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
    guests_create: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Bridge of its network card. */
                    bridge?: string;
                    /** @description Which cluster; needed only when several are connected. */
                    cluster?: string;
                    /**
                     * Format: uint32
                     * @description Cores.
                     */
                    cores?: number;
                    /** @description Notes. */
                    description?: string;
                    /**
                     * @description A device of the node in the container: `/dev/ttyUSB0,mode=0660`.
                     * @default []
                     */
                    device?: string[];
                    /**
                     * Format: uint32
                     * @description Size of its first disk in GiB; the disk of an image is grown to it.
                     */
                    disk_gib?: number;
                    /** @description Its gateway. */
                    gateway?: string;
                    /**
                     * Format: uint32
                     * @description Its id; the next free one without.
                     */
                    id?: number;
                    /** @description Starts from this cloud image: `local:import/debian.qcow2` (virtual machines). */
                    image?: string;
                    /** @description Its address: `dhcp`, or as `10.0.0.5/24`. */
                    ip?: string;
                    /** @description Installs from this image of a disc: `local:iso/debian.iso` (virtual machines). */
                    iso?: string;
                    /** @description qemu for a virtual machine, lxc for a container. */
                    kind: components["schemas"]["GuestKind"];
                    /**
                     * @description Shares the disks of the template instead of copying them.
                     * @default false
                     */
                    linked?: boolean;
                    /**
                     * Format: uint32
                     * @description Memory in MiB.
                     */
                    memory?: number;
                    /** @description Its name, as of a host. */
                    name?: string;
                    /** @description Its name server. */
                    nameserver?: string;
                    /**
                     * @description Containers may run inside (containers).
                     * @default false
                     */
                    nesting?: boolean;
                    /** @description The node; for a copy of a template the node of the copy. */
                    node?: string;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description Starts with its node.
                     * @default false
                     */
                    onboot?: boolean;
                    /** @description Password of that user, or of root in a container. Kept encrypted until it is sent. */
                    password?: string;
                    /** @description The pool. */
                    pool?: string;
                    /**
                     * @description Root in the container is root on the node (containers); by default it is not.
                     * @default false
                     */
                    privileged?: boolean;
                    /**
                     * @description Any other option and its value in PVE's words: `startup=order=2`, `cpulimit=1.5`, `net1=…`.
                     * @default []
                     */
                    set?: string[];
                    /**
                     * @description A public SSH key for that user, or for root in a container.
                     * @default []
                     */
                    ssh_key?: string[];
                    /** @description Storage of its disks. */
                    storage?: string;
                    /**
                     * Format: uint32
                     * @description Swap in MiB (containers).
                     */
                    swap?: number;
                    /**
                     * @description A tag.
                     * @default []
                     */
                    tag?: string[];
                    /**
                     * @description A template: `local:vztmpl/debian.tar.zst` of containers; id or name of a template to copy for
                     *     virtual machines.
                     */
                    template?: string;
                    /** @description The user that cloud-init makes (virtual machines). */
                    user?: string;
                    /**
                     * Format: uint16
                     * @description VLAN of its network card.
                     */
                    vlan?: number;
                    /**
                     * @description A further volume: `fast:8,mp=/data` (containers), `fast:32` (virtual machines).
                     * @default []
                     */
                    volume?: string[];
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
    guests_delete: {
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
                     * @description Destroys volumes too that carry the guest's id and are in no configuration.
                     * @default false
                     */
                    destroy_unreferenced_disks?: boolean;
                    /** @description Guests: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description Only while the guest is as it was made, with these options (`key=value`): what the way back from a
                     *     clone or a creation asks for.
                     * @default []
                     */
                    only_if?: string[];
                    /**
                     * @description Takes them out of backup jobs, replication and HA too.
                     * @default false
                     */
                    purge?: boolean;
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
    guests_edit: {
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
                     * Format: int32
                     * @description Cores more, or less with a minus.
                     */
                    add_cores?: number;
                    /**
                     * Format: int32
                     * @description MiB of memory more, or less with a minus.
                     */
                    add_memory?: number;
                    /** @description Whether the guest agent is used (virtual machines). */
                    agent?: boolean;
                    /**
                     * Format: uint32
                     * @description Least memory in MiB that ballooning leaves; 0 switches it off (virtual machines).
                     */
                    balloon?: number;
                    /**
                     * Format: uint32
                     * @description Cores; of virtual machines for each socket.
                     */
                    cores?: number;
                    /** @description Type of processor, as host or x86-64-v2-AES (virtual machines). */
                    cpu?: string;
                    /**
                     * Format: double
                     * @description Use of so many cores at most, as 1.5; 0 for no limit.
                     */
                    cpulimit?: number;
                    /**
                     * Format: uint32
                     * @description Weight against other guests of the node.
                     */
                    cpuunits?: number;
                    /** @description Guests: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /**
                     * Format: uint32
                     * @description Memory in MiB.
                     */
                    memory?: number;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /** @description Whether they start with their node. */
                    onboot?: boolean;
                    /**
                     * Format: uint32
                     * @description Sockets (virtual machines).
                     */
                    sockets?: number;
                    /**
                     * Format: uint32
                     * @description Swap in MiB (containers).
                     */
                    swap?: number;
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
    guests_exec: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The program and its arguments, word by word: no shell reads them. */
                    command: string[];
                    /** @description Virtual machines: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /** @description What the program reads from its input. It is stored with the plan: no place for passwords. */
                    stdin?: string;
                    /**
                     * Format: uint32
                     * @description How long it may run, in seconds; 30 without, 600 at most.
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
    guests_ha: {
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
                    comment?: string;
                    /** @description Whether they go back to the node they prefer (from PVE 9). */
                    failback?: boolean;
                    /** @description Group of nodes (PVE 8). */
                    group?: string;
                    /** @description Guests: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /**
                     * Format: uint32
                     * @description Attempts on other nodes.
                     */
                    max_relocate?: number;
                    /**
                     * Format: uint32
                     * @description Attempts to start a guest on its node.
                     */
                    max_restart?: number;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description Takes them out of HA; they go on as they are.
                     * @default false
                     */
                    remove?: boolean;
                    /**
                     * @description A setting that goes back to PVE's default, as `max_restart`.
                     * @default []
                     */
                    reset?: string[];
                    /** @description What the HA manager is to keep: started, stopped, disabled or ignored; as they are without. */
                    state?: string;
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
    guests_migrate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Guests: ids, names or selectors such as `node=pve1`. */
                    guests: string[];
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description Spreads them over the other nodes by free memory instead.
                     * @default false
                     */
                    spread?: boolean;
                    /** @description The node they go to. */
                    target?: string;
                    /**
                     * @description Storage for the disks: one name, or pairs `from:to`; by default the one of the same name.
                     * @default []
                     */
                    target_storage?: string[];
                    /**
                     * @description Copies disks too that only the present node has, of running virtual machines.
                     * @default false
                     */
                    with_local_disks?: boolean;
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
    guests_move_disk: {
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
                     * @description Deletes the original instead of keeping it as `unusedN`.
                     * @default false
                     */
                    delete_source?: boolean;
                    /** @description The disk, as `scsi0`, `rootfs` or `mp0`. */
                    disk: string;
                    /** @description raw, qcow2 or vmdk (virtual machines on storages of files). */
                    format?: string;
                    /** @description Guests: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /** @description The storage it goes to. */
                    storage: string;
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
    guests_notes: {
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
                     * @description Adds the text below what is there.
                     * @default false
                     */
                    append?: boolean;
                    /** @description Guests: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /** @description The notes, in Markdown; nothing (an empty text) removes them. At most 8,192 characters. */
                    text: string;
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
    guests_pool: {
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
                     * @description Takes them out of their pool instead.
                     * @default false
                     */
                    none?: boolean;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /** @description The pool they are put into; a guest is in one pool only and leaves its former one. */
                    pool?: string;
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
    guests_protect: {
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
                     * @description Ends the protection.
                     * @default false
                     */
                    off?: boolean;
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
    guests_rename: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The guest: its id, name or cluster/id; several only with `{id}` or `{node}` in the name. */
                    guests: string[];
                    /**
                     * @description The new name, as of a host: letters, digits, `-` and dots. `{id}` becomes the guest's id, `{node}`
                     *     the name of its node, `{name}` its present name.
                     */
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
    guests_reset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Virtual machines: ids, names or selectors such as `tag=web`. */
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
    guests_resize: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The disk, as `scsi0`, `rootfs` or `mp0`. */
                    disk: string;
                    /** @description Guests: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /** @description The new size (`64G`), or how much is added (`+16G`). */
                    size: string;
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
    guests_resume: {
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
    guests_startup: {
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
                     * @description Forgets place and times.
                     * @default false
                     */
                    clear?: boolean;
                    /**
                     * Format: uint32
                     * @description Seconds a guest may take to shut down.
                     */
                    down_s?: number;
                    /** @description Guests: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /**
                     * @description Gives each guest the place after the one before it, beginning with `order` (or 1).
                     * @default false
                     */
                    in_sequence?: boolean;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /** @description Whether they start with their node. */
                    onboot?: boolean;
                    /**
                     * Format: uint32
                     * @description Their place: lower numbers start earlier and stop later.
                     */
                    order?: number;
                    /**
                     * Format: uint32
                     * @description Seconds to wait before the next guest is started.
                     */
                    up_s?: number;
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
    guests_suspend: {
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
                    /** @description The storage for the memory; by default as the guest is configured. */
                    storage?: string;
                    /**
                     * @description Hibernates: the memory goes to a storage and the virtual machine is off until it is resumed.
                     * @default false
                     */
                    to_disk?: boolean;
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
    guests_tag: {
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
                     * @description A tag to add.
                     * @default []
                     */
                    add?: string[];
                    /** @description Guests: ids, names or selectors such as `tag=web`. */
                    guests: string[];
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description A tag to remove.
                     * @default []
                     */
                    remove?: string[];
                    /** @description The tags that replace all others. */
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
    guests_template: {
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
    knowledge_add_source: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Its id: small letters, digits and `-` (default: made from the place). */
                    id?: string;
                    /** @description What it is called. */
                    name?: string;
                    /** @description An address (https://…), below which pages are read, or a folder of the machine that runs proxmox-ai; HTML, Markdown, AsciiDoc, PDF and text are read. */
                    place: string;
                    /**
                     * @description The host may be in a private network or on this machine.
                     * @default false
                     */
                    private?: boolean;
                    /** @description When it is read again, as in PVE: `daily`, `sun 03:00` (default: as `knowledge.refresh` says). */
                    refresh?: string;
                    /** @description Release of Proxmox VE that it belongs to, as 9.1 (default: every release). */
                    version?: string;
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
    knowledge_ask: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The cluster it is about. */
                    cluster?: string;
                    /** @description A question about Proxmox VE. */
                    question: string;
                    /** @description Or a release, such as 8.4. */
                    version?: string;
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
                        about: components["schemas"]["About"];
                        /**
                         * @description In the words of the sources, each part with the number of its citation: [1]. Null when the sources do
                         *     not answer the question.
                         */
                        answer?: string | null;
                        /** @description In the order of their numbers. */
                        citations: components["schemas"]["KnowledgeCitation"][];
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
    knowledge_note_add: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What is to be known, in plain words. */
                    text: string;
                    /** @description What it is about (default: its first words). */
                    title?: string;
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
                        at: string;
                        author: string;
                        id: string;
                        text: string;
                        title: string;
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
    knowledge_note_delete: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Its id, as `knowledge.notes` tells it. */
                    note: string;
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
                        note: string;
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
    knowledge_notes: {
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
                        /** @description Newest first. */
                        notes: components["schemas"]["KnowledgeNote"][];
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
    knowledge_refresh: {
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
                     * @description Ids of sources; none: all of them.
                     * @default []
                     */
                    sources?: string[];
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
    knowledge_remove_source: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Its id. */
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
                        removed: boolean;
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
    knowledge_search: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The cluster it is about: its own documentation is searched. */
                    cluster?: string;
                    /**
                     * Format: uint8
                     * @description How many sections (default 8, at most 50).
                     */
                    limit?: number;
                    /** @description What is looked for: a question, an option, a command, an error message. */
                    question: string;
                    /** @description Only this source, without cluster and version. */
                    source?: string;
                    /** @description A release of Proxmox VE, such as 8.4, instead of a cluster. */
                    version?: string;
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
                        about: components["schemas"]["About"];
                        /** @description Whether the sources seem to answer the question at all; if not, the results are merely the nearest. */
                        answers: boolean;
                        /**
                         * Format: uint64
                         * @description Sections that do not fit into memory and were not searched.
                         */
                        not_searched: number;
                        /** @description Best first. */
                        results: components["schemas"]["KnowledgePassage"][];
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
    knowledge_sources: {
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
                        embedder: components["schemas"]["KnowledgeEmbedder"];
                        /** @description When sources are read again that do not say it themselves; null: when somebody asks for it. */
                        refresh?: string | null;
                        sources: components["schemas"]["KnowledgeSource"][];
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
    memory_add: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The cluster that it is about: everybody sees it. */
                    cluster?: string;
                    /** @description The guest that it is about: everybody sees it. */
                    guest?: string;
                    /** @description What sort of thing it says; found out from the text without. */
                    kind?: components["schemas"]["FactKind"] | null;
                    /**
                     * @description What a restriction restricts: `guests.reboot`, `guests.*`.
                     * @default []
                     */
                    operations?: string[];
                    /**
                     * @description For everybody of this installation; without guest, cluster and team only you see it.
                     * @default false
                     */
                    team?: boolean;
                    /** @description What is to be kept, in words: `web-03 is the payment server`. */
                    text: string;
                    /**
                     * @description When a restriction holds: `mon..fri 06:00-22:00`; always without.
                     * @default []
                     */
                    times?: string[];
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
                        about: string;
                        author: string;
                        digest: string;
                        /** @description The fact, for `memory.list`, `memory.edit` and `memory.delete`. */
                        id: string;
                        kind: string;
                        /** @description Why no rule could be made of it, where it restricts something. */
                        no_rule?: string | null;
                        /** @description Whether it says what must not be done. */
                        restricts: boolean;
                        scope: string;
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
    memory_delete: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The fact, such as `f_…`. */
                    fact: string;
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
                        fact: string;
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
    memory_edit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The cluster that it is about from now on. */
                    cluster?: string;
                    /** @description Only if its wording is still this one: the digest that was shown. */
                    digest?: string;
                    /** @description The fact, such as `f_…`. */
                    fact: string;
                    /** @description The guest that it is about from now on. */
                    guest?: string;
                    /** @description What sort of thing it says. */
                    kind?: components["schemas"]["FactKind"] | null;
                    /**
                     * @description What it restricts from now on.
                     * @default []
                     */
                    operations?: string[];
                    /**
                     * @description For everybody of this installation from now on.
                     * @default false
                     */
                    team?: boolean;
                    /** @description The new text; as it is without. */
                    text?: string;
                    /**
                     * @description When the restriction holds from now on.
                     * @default []
                     */
                    times?: string[];
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
                        about: string;
                        author: string;
                        digest: string;
                        /** @description The fact, for `memory.list`, `memory.edit` and `memory.delete`. */
                        id: string;
                        kind: string;
                        /** @description Why no rule could be made of it, where it restricts something. */
                        no_rule?: string | null;
                        /** @description Whether it says what must not be done. */
                        restricts: boolean;
                        scope: string;
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
    memory_export: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Only what is for one user (yourself), the team, clusters or guests. */
                    scope?: components["schemas"]["ScopeKind"] | null;
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
                        exported_at: string;
                        /** @description Whose view it is: facts of other users are not in it. */
                        exported_by: string;
                        /** @description The oldest first. */
                        facts: components["schemas"]["Fact"][];
                        /**
                         * Format: uint32
                         * @description Of this shape; it changes when a later version could not read it.
                         */
                        version: number;
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
    memory_list: {
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
                     * @description Only what concerns these guests: ids, names or selectors.
                     * @default []
                     */
                    guests?: string[];
                    /** @description Only of one sort. */
                    kind?: components["schemas"]["FactKind"] | null;
                    /** @description Only what is for one user (yourself), the team, clusters or guests. */
                    scope?: components["schemas"]["ScopeKind"] | null;
                    /** @description Only with these words in the text, in any case. */
                    words?: string;
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
                        /** @description The newest first. */
                        facts: components["schemas"]["Fact"][];
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
    memory_propose_rules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The fact, such as `f_…`; every restriction that others see too without. */
                    fact?: string;
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
                        /** @description Where the policy stands; nothing when none is configured. */
                        policy_file?: string | null;
                        proposals: components["schemas"]["Proposal"][];
                        /** @description All rules that are not in force, to be put into the policy file. */
                        text: string;
                        /** @description What restricts as well, and why it makes no rule. */
                        without_rule?: components["schemas"]["Unruled"][];
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
    memory_recall: {
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
                     * @description Guests: ids, names or selectors such as `tag=web`.
                     * @default []
                     */
                    guests?: string[];
                    /** @description A plan: the guests of its steps and those that they take along, such as `p_…`. */
                    plan?: string;
                    /** @description A question or an order in words: the guests that it names. */
                    question?: string;
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
                        /** @description What restricts something first, then the newest. */
                        facts: components["schemas"]["Recalled"][];
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
    nodes_certificates: {
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
                     * @description Names of nodes, or cluster/node; all without.
                     * @default []
                     */
                    nodes?: string[];
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
                        /** @description The one that ends first is first. */
                        certificates: components["schemas"]["Row2"][];
                        not_read: components["schemas"]["NotRead"][];
                        read_at: string;
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
    nodes_disks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Only this disk, such as /dev/sda, with all that it keeps about itself. */
                    disk?: string;
                    /** @description Name of the node, or cluster/node. */
                    node: string;
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
                        disks: components["schemas"]["Row3"][];
                        read_at: string;
                        smart?: components["schemas"]["Smart"] | null;
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
    nodes_evacuate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Name of the node, or cluster/node. */
                    node: string;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description Move guests too that do not run; templates stay.
                     * @default false
                     */
                    stopped?: boolean;
                    /**
                     * @description Copy disks too that only this node has.
                     * @default false
                     */
                    with_local_disks?: boolean;
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
    nodes_power: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What it is told. */
                    command: components["schemas"]["Command"];
                    /** @description Name of the node, or cluster/node. */
                    node: string;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description Ids of guests that are to be gone from it by then: with one of them still on it nothing happens.
                     * @default []
                     */
                    without?: number[];
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
    nodes_reboot: {
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
                     * @description First move the guests that run to other nodes, by free memory; otherwise they shut down.
                     * @default false
                     */
                    evacuate?: boolean;
                    /** @description Name of the node, or cluster/node. */
                    node: string;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description Copy disks too that only this node has.
                     * @default false
                     */
                    with_local_disks?: boolean;
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
    nodes_refresh_updates: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Names of nodes, cluster/node, or `all`. */
                    nodes: string[];
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
    nodes_service: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What is done with it. */
                    do: components["schemas"]["Verb"];
                    /** @description Names of nodes, cluster/node, or `all`. */
                    nodes: string[];
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /** @description Name of the service, such as pvestatd. */
                    service: string;
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
    nodes_services: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Name of the node, or cluster/node. */
                    node: string;
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
                        read_at: string;
                        services: components["schemas"]["Row4"][];
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
    nodes_show: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Name of the node, or cluster/node. */
                    node: string;
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
                        error?: string | null;
                        guests: components["schemas"]["GuestRow"][];
                        node: components["schemas"]["NodeRow"];
                        read_at: string;
                        /** @description Null when the node could not be asked; `error` says why. */
                        status?: components["schemas"]["Status"] | null;
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
    nodes_shutdown: {
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
                     * @description First move the guests that run to other nodes, by free memory; otherwise they shut down.
                     * @default false
                     */
                    evacuate?: boolean;
                    /** @description Name of the node, or cluster/node. */
                    node: string;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description Copy disks too that only this node has.
                     * @default false
                     */
                    with_local_disks?: boolean;
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
    nodes_tasks: {
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
                     * @description Only of this guest, by its id.
                     */
                    guest?: number;
                    /** @description Only of this kind, in PVE's word: qmstart, vzdump, imgdel … */
                    kind?: string;
                    /**
                     * Format: uint32
                     * @description At most this many; 50 without.
                     */
                    limit?: number;
                    /** @description Name of the node, or cluster/node. */
                    node: string;
                    /**
                     * @description Only those that run now.
                     * @default false
                     */
                    running?: boolean;
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
                        read_at: string;
                        /** @description The newest first. */
                        tasks: components["schemas"]["Row5"][];
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
    nodes_updates: {
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
                     * @description Names of nodes, or cluster/node; all without.
                     * @default []
                     */
                    nodes?: string[];
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
                        nodes: components["schemas"]["OfNode"][];
                        read_at: string;
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
    nodes_wake: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Names of nodes that are off, or cluster/node. */
                    nodes: string[];
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
                    /** @description The plan, such as `p_…`, or `last` for your newest one. */
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
                    /** @description The plan, such as `p_…`, or `last` for your newest one. */
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
                        /** @description What is allowed and perhaps not meant: selectors that fit no guest today, each with its line. */
                        notes: string[];
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
                    /** @description The text in YAML: `name`, `summary`, `parameters`, `steps`. On the command line also its file, or `-`. */
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
                    /** @description The run, such as `r_…`, or `last` for your newest one. */
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
                        /** @description What of the above is not as the audit chain says: the rows were edited, or records are gone. */
                        differs: components["schemas"]["RowDifference"][];
                        digest: string;
                        finished_at?: string | null;
                        /** @description Targets that were wished for and got no step, each with its reason. */
                        left_out: components["schemas"]["LeftOut"][];
                        op: string;
                        plan: string;
                        /** @description The records of the plan and of the run in the audit chain. */
                        records: components["schemas"]["AuditRecord"][];
                        run: string;
                        started_at?: string | null;
                        state: components["schemas"]["RunState"];
                        steps: components["schemas"]["ReceiptStep"][];
                        summary: string;
                        /** @description In the order in which they would be carried out; `runs.undo` makes a plan of them. */
                        undo: components["schemas"]["Wish"][];
                        /** @description The same as one sentence; nothing where the rows and the chain agree. */
                        warning?: string | null;
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
                    /** @description The run to take back, such as `r_…`, or `last` for your newest one. */
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
    snapshots_apply_policy: {
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
                    /** @description Name of the policy. */
                    policy: string;
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
                    /**
                     * @description Refuse running virtual machines whose file systems cannot be frozen by their agent.
                     * @default false
                     */
                    quiesce?: boolean;
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
    snapshots_delete_policy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Name of the policy. */
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
                    "application/json": null;
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
                        not_read: components["schemas"]["NotRead2"][];
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
    snapshots_policies: {
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
                        policies: components["schemas"]["Policy"][];
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
    snapshots_prune: {
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
                     * Format: uint32
                     * @description So many of the newest stay, for each guest.
                     */
                    keep_last?: number;
                    /**
                     * Format: uint32
                     * @description Only what is older than so many days goes.
                     */
                    older_than_days?: number;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /** @description Only snapshots whose name begins so; `auto-` without. */
                    prefix?: string;
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
    snapshots_rollback: {
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
                    /** @description Name of the snapshot to go back to. */
                    name: string;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description First take a snapshot of how things are, so that there is a way back.
                     * @default false
                     */
                    safety?: boolean;
                    /**
                     * @description Start the guests afterwards; a snapshot that holds memory runs on by itself.
                     * @default false
                     */
                    start?: boolean;
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
    snapshots_set_policy: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Guests: ids, names or selectors such as `tag=web`; looked up anew each time. */
                    guests: string[];
                    /**
                     * Format: uint32
                     * @description So many snapshots of this policy stay for each guest.
                     */
                    keep: number;
                    /**
                     * @description Keep the memory of running virtual machines too.
                     * @default false
                     */
                    memory?: boolean;
                    /** @description Name of the policy. */
                    name: string;
                    /** @description How the names of its snapshots begin; `auto-NAME-` without. */
                    prefix?: string;
                    /**
                     * @description Refuse running virtual machines whose file systems cannot be frozen by their agent.
                     * @default false
                     */
                    quiesce?: boolean;
                    /** @description When: a calendar event of PVE, such as `mon..fri 02:30`. */
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
                    "application/json": null;
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
    snapshots_tree: {
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
                        /** @description Guests that have snapshots. */
                        guests: components["schemas"]["Tree"][];
                        /** @description Never silently shorter: what is missing, and why. */
                        not_read: components["schemas"]["NotRead3"][];
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
    storages_clean_up: {
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
                    /**
                     * Format: uint32
                     * @description Only what is older than so many days; what has no known age stays then.
                     */
                    older_than_days?: number;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /**
                     * @description Only of this storage.
                     * @default null
                     */
                    storage?: string;
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
    storages_content: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Which cluster, when several are connected. */
                    cluster?: string;
                    /** @description Only this kind: images, rootdir, iso, vztmpl, backup, snippets or import. */
                    content?: string;
                    /**
                     * Format: uint32
                     * @description Only volumes of this guest, by its id.
                     */
                    guest?: number;
                    /** @description As this node sees it; every node of a storage that is not shared without. */
                    node?: string;
                    /** @description Name of the storage. */
                    storage: string;
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
                        /** @description Never silently shorter: what is missing, and why. */
                        not_read: components["schemas"]["NotRead4"][];
                        /** @description When the storage was asked. */
                        read_at: string;
                        volumes: components["schemas"]["Row6"][];
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
    storages_delete_volume: {
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
                    /** @description Volumes: storage:name, or node/storage:name where the storage is not shared. */
                    volumes: string[];
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
    storages_download: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What its maker publishes, such as sha256:0123…; the node compares it. */
                    checksum?: string;
                    /** @description Which cluster, when several are connected. */
                    cluster?: string;
                    /** @description What it is: iso, vztmpl or import. */
                    content: string;
                    /** @description The name that it gets; the end of the URL without. */
                    file_name?: string;
                    /** @description The node that fetches it; needed where the storage is not shared. */
                    node?: string;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /** @description Name of the storage. */
                    storage: string;
                    /** @description How it is packed and to be unpacked: gz, lzo, zst or bz2. */
                    unpack?: string;
                    /** @description Where the file is. It stands in the log of the task: no passwords in it. */
                    url: string;
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
    storages_orphans: {
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
                    /**
                     * @description Only of this storage.
                     * @default null
                     */
                    storage?: string;
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
                        /** @description Nobody refers to these as far as could be read, and that is not far enough. */
                        not_known: components["schemas"]["Judged"][];
                        /** @description Storages that could not be read. */
                        not_read: components["schemas"]["NotRead4"][];
                        /** @description No configuration, no snapshot, no replication and no linked clone refers to these. */
                        orphans: components["schemas"]["Judged"][];
                        /**
                         * Format: uint64
                         * @description What all orphans take, as far as their sizes are known.
                         */
                        orphans_bytes: number;
                        read_at: string;
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
    storages_set: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Which cluster, when several are connected. */
                    cluster?: string;
                    /** @description What it takes, all of it: images, rootdir, iso, vztmpl, backup, snippets, import. */
                    content?: string[];
                    /** @description Whether it is switched on. */
                    enabled?: boolean;
                    /** @description Which nodes have it, all of them; `all` for every node. */
                    nodes?: string[];
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /** @description Name of the storage. */
                    storage: string;
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
    storages_show: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Which cluster, when several are connected. */
                    cluster?: string;
                    /** @description Name of the storage. */
                    storage: string;
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
                        cluster: string;
                        content: string[];
                        enabled: boolean;
                        nodes: components["schemas"]["OnNode"][];
                        /** @description All other options by PVE's names. */
                        options: {
                            [key: string]: string;
                        };
                        read_at: string;
                        /** @description The nodes that have it by its configuration; empty: all. */
                        restricted_to: string[];
                        shared: boolean;
                        storage: string;
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
    storages_upload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What its maker publishes, such as sha256:0123…; it is compared before anything is sent. */
                    checksum?: string;
                    /** @description Which cluster, when several are connected. */
                    cluster?: string;
                    /** @description What it is: iso, vztmpl or import. */
                    content: string;
                    /** @description The file, on the machine of the command line. */
                    file: string;
                    /** @description The name that it gets; its own without. */
                    file_name?: string;
                    /** @description The node that takes it; needed where the storage is not shared. */
                    node?: string;
                    /**
                     * @description When a step fails: go on with what does not rest on it (the default), stop, or stop and take back what was done
                     * @enum {string}
                     */
                    on_failure?: "continue" | "stop" | "roll_back";
                    /** @description Name of the storage. */
                    storage: string;
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
}
