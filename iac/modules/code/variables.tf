variable "bucket" {
  description = "Bucket from which the code is fetched. Its own settings encrypt what is uploaded."
  type        = string
}

variable "folder" {
  description = "Folder whose files are uploaded, with all that lies in it."
  type        = string
}

variable "expected" {
  description = "Files, relative to the folder, without which the plan fails and says what to run."
  type        = set(string)

  validation {
    condition     = length(var.expected) > 0
    error_message = "Name at least one file: an empty folder uploads nothing and would go unnoticed."
  }
}

variable "made_by" {
  description = "Command that fills the folder."
  type        = string
  default     = "cargo xtask package"
}
