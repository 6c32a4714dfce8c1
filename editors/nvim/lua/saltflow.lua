-- What saltflow's server sends beyond LSP (docs/lsp-extensions.md): the status, read-only documents of
-- the base branch's version, and the command that shows both versions side by side.
local M = {}

--- The last status of every workspace, by the URI of its root.
local statuses = {}

--- Takes a `saltflow/status` notification and has the statusline drawn again.
function M.on_status(status)
  statuses[status.root or ''] = status
  vim.api.nvim_exec_autocmds('User', { pattern = 'SaltflowStatus', modeline = false, data = status })
  vim.cmd.redrawstatus({ bang = true })
end

--- The whole status (docs/lsp-extensions.md) of the workspace that the buffer belongs to, or nil.
function M.status_of(buffer)
  local uri = vim.uri_from_bufnr(buffer or 0)
  local found, length = nil, -1
  for root, status in pairs(statuses) do
    local inside = uri == root or vim.startswith(uri, root .. '/')
    if inside and #root > length then
      found, length = status, #root
    end
  end
  return found
end

--- For the statusline: `develop ↓104 ↑3 ⚠2`, or an empty text.
--- `vim.o.statusline = "%f %= %{v:lua.require'saltflow'.status()}"`
function M.status(buffer)
  local status = M.status_of(buffer)
  return status and status.text or ''
end

local function client()
  return vim.lsp.get_clients({ name = 'saltflow' })[1]
end

--- Fills the current buffer, called `saltflow-git:…` or `saltflow-page:…`, with its text; read-only.
function M.read(buffer, uri)
  local server = client()
  local lines, problem, language = {}, nil, nil
  if not server then
    problem = 'the server does not run'
  else
    local answer, timed_out = server:request_sync('saltflow/content', { uri = uri }, 10000, buffer)
    if not answer then
      problem = tostring(timed_out)
    elseif answer.err then
      problem = answer.err.message
    elseif answer.result == nil or answer.result == vim.NIL then
      problem = 'there is no such file'
    else
      lines = vim.split(answer.result.text, '\n', { plain = true })
      if lines[#lines] == '' then table.remove(lines) end
      language = answer.result.languageId
    end
  end
  vim.bo[buffer].modifiable = true
  vim.bo[buffer].readonly = false
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].buftype = 'nofile'
  vim.bo[buffer].swapfile = false
  vim.bo[buffer].modified = false
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].readonly = true
  if language then
    -- coloured, but not sent to the server: it is no file
    local syntax = ({ sls = 'yaml', jinja = 'htmldjango', markdown = 'markdown', yaml = 'yaml' })[language]
    if syntax then vim.bo[buffer].syntax = syntax end
  end
  if problem then
    vim.notify('saltflow: ' .. uri .. ': ' .. problem, vim.log.levels.WARN)
  end
end

--- Shows two documents side by side: the base branch's version left.
function M.open_diff(left, right)
  vim.cmd.tabnew(vim.fn.fnameescape(vim.uri_to_fname(right)))
  vim.cmd('leftabove vertical diffsplit ' .. vim.fn.fnameescape(left))
  vim.cmd.wincmd('p')
end

return M
