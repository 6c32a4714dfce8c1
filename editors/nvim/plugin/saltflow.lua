-- Read-only documents, client commands and `:Saltflow`; the rest is in lsp/ and lua/.
if vim.g.loaded_saltflow then return end
vim.g.loaded_saltflow = true

local group = vim.api.nvim_create_augroup('saltflow', {})

vim.api.nvim_create_autocmd('BufReadCmd', {
  group = group,
  pattern = { 'saltflow-git://*', 'saltflow-page://*' },
  callback = function(event) require('saltflow').read(event.buf, event.match) end,
})

-- Colours where the grammar is installed (:Saltflow grammar).
vim.api.nvim_create_autocmd('FileType', {
  group = group,
  pattern = { 'salt', 'sls', 'salt.jinja', 'jinja' },
  callback = function(event) require('saltflow.grammar').attach(event.buf) end,
})

vim.lsp.commands['saltflow.openDiff'] = function(command)
  local versions = command.arguments[1]
  require('saltflow').open_diff(versions.left, versions.right)
end

vim.api.nvim_create_user_command('Saltflow', function(options) require('saltflow.commands').command(options) end, {
  nargs = '+',
  desc = 'Drift, plan, rendered view and server of saltflow',
  complete = function(lead, line) return require('saltflow.commands').complete(lead, line) end,
})
