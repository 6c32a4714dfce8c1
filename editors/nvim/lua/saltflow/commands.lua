-- `:Saltflow SUBCOMMAND`: what a user asks of saltflow beyond LSP. The work is done by the server or the
-- command line tool; this file only shows it.
local M = {}

local function client()
  return vim.lsp.get_clients({ name = 'saltflow' })[1]
end

local function warn(message)
  vim.notify('saltflow: ' .. message, vim.log.levels.WARN)
end

--- The program that the language server is started by.
local function program()
  local config = vim.lsp.config.saltflow
  return config and config.cmd and config.cmd[1] or 'saltflow'
end

--- The root of the workspace of the current buffer.
local function root()
  return client() and client().root_dir or vim.fs.root(0, { '.saltflow.yaml', '.git' }) or vim.fn.getcwd()
end

--- Runs the command line tool and calls `done` with its standard output; what it says on standard error is shown
--- where it could not do what was asked (exit status 2).
local function run(arguments, done)
  local command = vim.list_extend({ program() }, arguments)
  local ok, problem = pcall(vim.system, command, { cwd = root(), text = true, env = { NO_COLOR = '1' } }, function(result)
    vim.schedule(function()
      if result.code > 1 or result.signal ~= 0 then
        warn(vim.trim(result.stderr ~= '' and result.stderr or table.concat(command, ' ') .. ' ended with ' .. result.code))
      else
        done(result.stdout)
      end
    end)
  end)
  if not ok then warn(tostring(problem)) end
end

--- Shows a text in a scratch window.
local function show(name, text, filetype)
  vim.cmd('botright new')
  local buffer = vim.api.nvim_get_current_buf()
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, vim.split(text, '\n', { plain = true }))
  vim.bo[buffer].buftype = 'nofile'
  vim.bo[buffer].bufhidden = 'wipe'
  vim.bo[buffer].swapfile = false
  vim.bo[buffer].modifiable = false
  if filetype == 'yaml' then vim.bo[buffer].syntax = 'yaml' else vim.bo[buffer].filetype = filetype or '' end
  pcall(vim.api.nvim_buf_set_name, buffer, 'saltflow://' .. name)
  vim.keymap.set('n', 'q', '<cmd>close<cr>', { buffer = buffer, nowait = true })
end

--- Turns the facts of `saltflow drift --format json` into entries of a quickfix list. Ranges are 0-based with UTF-16
--- columns; a quickfix entry counts from 1, in bytes, so the column is of use where the line is ASCII before it.
function M.drift_items(document, folder)
  local letters = { error = 'E', warning = 'W', information = 'I', hint = 'N' }
  local items = {}
  for _, fact in ipairs(document.facts or {}) do
    local letter = letters[fact.severity]
    if letter and fact.path ~= vim.NIL and fact.path then
      local range = fact.range ~= vim.NIL and fact.range or { 0, 0, 0, 0 }
      items[#items + 1] = {
        filename = vim.fs.joinpath(folder, fact.path), lnum = range[1] + 1, col = range[2] + 1,
        end_lnum = range[3] + 1, end_col = range[4] + 1, type = letter, text = fact.kind .. ': ' .. fact.message,
      }
    end
  end
  return items
end

--- The SLS name of the current buffer, as the server's index has it; nil outside of the roots.
local function with_sls(done)
  local name = vim.api.nvim_buf_get_name(0)
  run({ 'index', '--format', 'json' }, function(out)
    local relative = vim.fs.relpath(root(), name)
    for _, entity in ipairs(vim.json.decode(out).entities or {}) do
      if entity.path == relative and entity.kind == 'sls' and entity.role == 'definition' then
        return done(entity.name)
      end
    end
    warn((relative or name) .. ' is no SLS of this repository')
  end)
end

M.subcommands = {
  drift = function()
    run({ 'drift', '--format', 'json' }, function(out)
      local items = M.drift_items(vim.json.decode(out), root())
      vim.fn.setqflist({}, ' ', { title = 'saltflow drift', items = items })
      if #items == 0 then
        vim.notify('saltflow: nothing that a merge would break')
      else
        vim.cmd.copen()
      end
    end)
  end,
  plan = function(arguments)
    run(vim.list_extend({ 'plan', '--format', 'markdown' }, arguments), function(out) show('plan', out, 'markdown') end)
  end,
  show = function(arguments)
    local function render(sls) run({ 'show', sls, '--merged' }, function(out) show('show/' .. sls, out, 'yaml') end) end
    if arguments[1] then render(arguments[1]) else with_sls(render) end
  end,
  doctor = function()
    run({ 'doctor' }, function(out) show('doctor', out, '') end)
  end,
  --- Chooses the minion profiles that the views are computed for: the setting `saltflow.profiles`.
  profile = function(arguments)
    local server = client()
    if not server then return warn('the server does not run') end
    server.settings = vim.tbl_deep_extend('force', server.settings or {}, { saltflow = { profiles = arguments } })
    server:notify('workspace/didChangeConfiguration', { settings = server.settings })
  end,
  restart = function()
    local running = vim.lsp.get_clients({ name = 'saltflow' })
    for _, server in ipairs(running) do server:stop(true) end
    vim.wait(2000, function() return #vim.lsp.get_clients({ name = 'saltflow' }) == 0 end, 20)
    vim.lsp.enable('saltflow', false)
    vim.lsp.enable('saltflow', true)
    -- buffers that are open already start it again
    for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
      if vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].filetype ~= '' then
        vim.api.nvim_exec_autocmds('FileType', { buffer = buffer, group = 'nvim.lsp.enable', modeline = false })
      end
    end
  end,
  log = function()
    vim.cmd.tabnew(vim.fn.fnameescape(vim.lsp.get_log_path()))
    vim.cmd('normal! G')
  end,
  --- Compiles the tree-sitter grammar with the C compiler of the machine.
  grammar = function()
    local ok, message = require('saltflow.grammar').build()
    vim.notify('saltflow: ' .. message, ok and vim.log.levels.INFO or vim.log.levels.ERROR)
  end,
}

--- Completes `:Saltflow`.
function M.complete(lead, line)
  if line:match('^%s*Saltflow%s+%S*$') then
    local names = vim.tbl_keys(M.subcommands)
    table.sort(names)
    return vim.tbl_filter(function(name) return vim.startswith(name, lead) end, names)
  end
  if line:match('^%s*Saltflow%s+profile%s') then return vim.fn.getcompletion(lead, 'file') end
  return {}
end

--- Runs `:Saltflow NAME ARGUMENT…`.
function M.command(options)
  local arguments = vim.list_slice(options.fargs, 2)
  local run_it = M.subcommands[options.fargs[1]]
  if run_it then return run_it(arguments) end
  local names = vim.tbl_keys(M.subcommands)
  table.sort(names)
  warn('there is no :Saltflow ' .. tostring(options.fargs[1]) .. '; there are ' .. table.concat(names, ', '))
end

return M
