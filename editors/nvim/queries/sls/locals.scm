(macro_statement) @local.scope
(for_statement) @local.scope
(call_statement) @local.scope

(macro_statement name: (identifier) @local.definition.function)
(parameter name: (identifier) @local.definition.parameter)
(set_statement target: (identifier) @local.definition.var)
(set_block target: (identifier) @local.definition.var)
(load_statement name: (identifier) @local.definition.var)
(for_statement target: (identifier) @local.definition.var)
(for_statement target: (tuple (identifier) @local.definition.var))
(import_statement name: (identifier) @local.definition.import)
(import_data_statement name: (identifier) @local.definition.import)
(imported_name alias: (identifier) @local.definition.import)
(identifier) @local.reference
