CREATE SCHEMA "identity";
--> statement-breakpoint
CREATE TYPE "booking_status" AS ENUM('pending', 'deposit_pending', 'deposit_paid', 'confirmed', 'in_progress', 'completed', 'cancelled', 'no_show');--> statement-breakpoint
CREATE TYPE "message_channel" AS ENUM('sms', 'email', 'phone', 'web_chat', 'social_media');--> statement-breakpoint
CREATE TYPE "thread_status" AS ENUM('active', 'archived', 'closed', 'spam');--> statement-breakpoint
CREATE TYPE "review_status" AS ENUM('pending', 'approved', 'rejected', 'flagged');--> statement-breakpoint
CREATE TYPE "coupon_status" AS ENUM('active', 'used', 'expired', 'revoked');--> statement-breakpoint
CREATE TYPE "qr_code_type" AS ENUM('menu', 'booking', 'review', 'promotion', 'event');--> statement-breakpoint
CREATE TYPE "roletype" AS ENUM('super_admin', 'admin', 'manager', 'staff', 'chef', 'customer');--> statement-breakpoint
CREATE TYPE "authprovider" AS ENUM('email', 'google', 'microsoft', 'apple');--> statement-breakpoint
CREATE TYPE "userstatus" AS ENUM('pending', 'active', 'suspended', 'deactivated');--> statement-breakpoint
CREATE TYPE "pricing_tier_level" AS ENUM('basic', 'premium', 'luxury');--> statement-breakpoint
CREATE TYPE "contact_channel" AS ENUM('email', 'sms', 'instagram', 'facebook', 'google', 'yelp', 'web');--> statement-breakpoint
CREATE TYPE "lead_quality" AS ENUM('hot', 'warm', 'cold');--> statement-breakpoint
CREATE TYPE "lead_source" AS ENUM('web_quote', 'chat', 'instagram', 'facebook', 'google', 'yelp', 'sms', 'phone', 'referral', 'event');--> statement-breakpoint
CREATE TYPE "lead_status" AS ENUM('new', 'working', 'qualified', 'disqualified', 'converted', 'nurturing');--> statement-breakpoint
CREATE TYPE "social_platform" AS ENUM('instagram', 'facebook', 'google', 'yelp');--> statement-breakpoint
CREATE TYPE "social_thread_status" AS ENUM('open', 'pending', 'resolved');--> statement-breakpoint
CREATE TYPE "campaign_channel" AS ENUM('email', 'sms', 'both');--> statement-breakpoint
CREATE TYPE "campaign_event_type" AS ENUM('sent', 'delivered', 'opened', 'clicked', 'replied', 'bounced', 'unsubscribed', 'complained');--> statement-breakpoint
CREATE TYPE "campaign_status" AS ENUM('draft', 'scheduled', 'sending', 'sent', 'cancelled');--> statement-breakpoint
CREATE TYPE "sms_delivery_status" AS ENUM('queued', 'sending', 'sent', 'delivered', 'failed', 'undelivered');--> statement-breakpoint
CREATE TYPE "sms_queue_status" AS ENUM('pending', 'sending', 'sent', 'failed', 'cancelled');--> statement-breakpoint
CREATE TYPE "template_source" AS ENUM('admin', 'ai_suggested', 'system');--> statement-breakpoint
CREATE TYPE "template_status" AS ENUM('draft', 'pending_approval', 'approved', 'rejected', 'archived');--> statement-breakpoint
CREATE TYPE "ai_channel" AS ENUM('web', 'sms', 'voice', 'instagram', 'facebook', 'email');--> statement-breakpoint
CREATE TYPE "ai_conversation_status" AS ENUM('active', 'escalated', 'closed', 'archived');--> statement-breakpoint
CREATE TYPE "ai_message_role" AS ENUM('user', 'assistant', 'system', 'tool');--> statement-breakpoint
CREATE TYPE "recording_status" AS ENUM('pending', 'downloading', 'available', 'archived', 'deleted', 'error');--> statement-breakpoint
CREATE TYPE "recording_type" AS ENUM('inbound', 'outbound', 'internal');--> statement-breakpoint
CREATE TYPE "escalation_method" AS ENUM('phone', 'email', 'preferred_method');--> statement-breakpoint
CREATE TYPE "escalation_priority" AS ENUM('low', 'medium', 'high', 'urgent');--> statement-breakpoint
CREATE TYPE "escalation_status" AS ENUM('pending', 'assigned', 'in_progress', 'waiting_customer', 'resolved', 'closed', 'error');--> statement-breakpoint
CREATE TABLE "bookings" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"customer_id" uuid NOT NULL,
	"chef_id" uuid,
	"station_id" uuid,
	"pricing_tier_id" uuid,
	"event_date" timestamp with time zone NOT NULL,
	"event_start_time" varchar(10) NOT NULL,
	"event_end_time" varchar(10),
	"guest_count" integer NOT NULL,
	"event_type" varchar(100),
	"special_requests" text,
	"location_address" varchar(255) NOT NULL,
	"location_city" varchar(100) NOT NULL,
	"location_state" varchar(50) NOT NULL,
	"location_zip" varchar(20) NOT NULL,
	"travel_fee" integer DEFAULT 0,
	"total_amount" integer NOT NULL,
	"deposit_amount" integer NOT NULL,
	"remaining_amount" integer NOT NULL,
	"status" "booking_status" DEFAULT 'pending'::"booking_status" NOT NULL,
	"deposit_deadline" timestamp with time zone,
	"deposit_reminder_sent" boolean DEFAULT false NOT NULL,
	"deposit_paid_at" timestamp with time zone,
	"confirmed_at" timestamp with time zone,
	"confirmation_sent_at" timestamp with time zone,
	"cancelled_at" timestamp with time zone,
	"cancellation_reason" text,
	"booking_metadata" jsonb DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "check_deposit_amount_positive" CHECK ("deposit_amount" >= 0),
	CONSTRAINT "check_guest_count_positive" CHECK ("guest_count" > 0),
	CONSTRAINT "check_total_amount_positive" CHECK ("total_amount" >= 0)
);
--> statement-breakpoint
CREATE TABLE "chefs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"first_name" varchar(100) NOT NULL,
	"last_name" varchar(100) NOT NULL,
	"email" varchar(255) NOT NULL,
	"phone" varchar(20) NOT NULL,
	"bio" text,
	"specialties" text,
	"years_experience" integer,
	"is_active" boolean DEFAULT true NOT NULL,
	"chef_metadata" jsonb DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customers" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"station_id" uuid,
	"first_name" varchar(100) NOT NULL,
	"last_name" varchar(100) NOT NULL,
	"email" varchar(255) NOT NULL,
	"phone" varchar(20) NOT NULL,
	"preferred_contact_method" varchar(50),
	"dietary_restrictions" text,
	"marketing_consent" boolean DEFAULT false NOT NULL,
	"customer_metadata" jsonb DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"thread_id" uuid NOT NULL,
	"sender_type" varchar(50) NOT NULL,
	"sender_id" varchar(255),
	"content" text NOT NULL,
	"is_read" boolean DEFAULT false NOT NULL,
	"message_metadata" jsonb DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "message_threads" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"customer_id" uuid NOT NULL,
	"station_id" uuid,
	"subject" varchar(255),
	"channel" "message_channel" DEFAULT 'web_chat'::"message_channel" NOT NULL,
	"status" "thread_status" DEFAULT 'active'::"thread_status" NOT NULL,
	"thread_metadata" jsonb DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_message_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "customer_reviews" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"booking_id" uuid,
	"customer_id" uuid,
	"rating" integer NOT NULL,
	"review_text" text,
	"sentiment_score" numeric(3,2),
	"sentiment_label" varchar(50),
	"status" "review_status" DEFAULT 'pending'::"review_status" NOT NULL,
	"moderation_notes" text,
	"moderated_by_id" uuid,
	"moderated_at" timestamp with time zone,
	"is_featured" boolean DEFAULT false NOT NULL,
	"display_on_website" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "check_rating_range" CHECK ("rating" >= 1 AND "rating" <= 5)
);
--> statement-breakpoint
CREATE TABLE "review_escalations" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"review_id" uuid NOT NULL,
	"assigned_to_id" uuid,
	"reason" text NOT NULL,
	"priority" varchar(50) DEFAULT 'medium' NOT NULL,
	"is_resolved" boolean DEFAULT false NOT NULL,
	"resolution_notes" text,
	"resolved_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "customer_review_blog_posts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"customer_id" uuid NOT NULL,
	"booking_id" uuid,
	"customer_name" varchar(255),
	"customer_email" varchar(255),
	"customer_phone" varchar(50),
	"show_initials_only" boolean DEFAULT false NOT NULL,
	"title" varchar(255) NOT NULL,
	"content" text NOT NULL,
	"rating" integer NOT NULL,
	"images" jsonb DEFAULT '[]' NOT NULL,
	"status" varchar(20) DEFAULT 'pending' NOT NULL,
	"approved_by" uuid,
	"approved_at" timestamp with time zone,
	"rejection_reason" text,
	"reviewed_on_google" boolean DEFAULT false NOT NULL,
	"reviewed_on_yelp" boolean DEFAULT false NOT NULL,
	"google_review_link" text,
	"yelp_review_link" text,
	"slug" varchar(255) CONSTRAINT "customer_review_blog_posts_slug_key" UNIQUE,
	"keywords" text,
	"likes_count" integer DEFAULT 0 NOT NULL,
	"helpful_count" integer DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "rating_range" CHECK ("rating" >= 1 AND "rating" <= 5),
	CONSTRAINT "valid_status" CHECK ("status"::text = ANY ((ARRAY['pending'::character varying, 'approved'::character varying, 'rejected'::character varying])::text[]))
);
--> statement-breakpoint
CREATE TABLE "review_approval_log" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"review_id" uuid NOT NULL,
	"admin_id" uuid,
	"action" varchar(20) NOT NULL,
	"comment" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "valid_action" CHECK ("action"::text = ANY ((ARRAY['pending_review'::character varying, 'approved'::character varying, 'rejected'::character varying])::text[]))
);
--> statement-breakpoint
CREATE TABLE "discount_coupons" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"code" varchar(50) NOT NULL,
	"description" text,
	"discount_percentage" integer,
	"discount_amount" integer,
	"valid_from" timestamp with time zone NOT NULL,
	"valid_until" timestamp with time zone NOT NULL,
	"max_uses" integer DEFAULT 1 NOT NULL,
	"current_uses" integer DEFAULT 0 NOT NULL,
	"min_booking_amount" integer,
	"max_discount_amount" integer,
	"status" "coupon_status" DEFAULT 'active'::"coupon_status" NOT NULL,
	"coupon_metadata" jsonb DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "check_discount_amount" CHECK ("discount_amount" >= 0),
	CONSTRAINT "check_discount_percentage" CHECK ("discount_percentage" >= 0 AND "discount_percentage" <= 100),
	CONSTRAINT "check_max_uses_positive" CHECK ("max_uses" > 0)
);
--> statement-breakpoint
CREATE TABLE "qr_codes" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"code" varchar(100) NOT NULL,
	"type" "qr_code_type" NOT NULL,
	"name" varchar(255) NOT NULL,
	"description" text,
	"target_url" varchar(1000) NOT NULL,
	"scan_count" integer DEFAULT 0 NOT NULL,
	"last_scanned_at" timestamp with time zone,
	"is_active" boolean DEFAULT true NOT NULL,
	"qr_metadata" jsonb DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "qr_scans" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"qr_code_id" uuid NOT NULL,
	"ip_address" varchar(50),
	"user_agent" varchar(500),
	"referrer" varchar(1000),
	"latitude" numeric(10,8),
	"longitude" numeric(11,8),
	"city" varchar(100),
	"country" varchar(100),
	"scan_metadata" jsonb DEFAULT '{}' NOT NULL,
	"scanned_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "identity"."social_accounts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"user_id" uuid NOT NULL,
	"provider" "authprovider" NOT NULL,
	"provider_account_id" varchar(255) NOT NULL,
	"access_token" text,
	"refresh_token" text,
	"expires_at" timestamp with time zone,
	"profile_data" jsonb DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "uq_social_accounts_provider" UNIQUE("provider","provider_account_id")
);
--> statement-breakpoint
CREATE TABLE "identity"."permissions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"name" varchar(100) NOT NULL CONSTRAINT "permissions_name_key" UNIQUE,
	"display_name" varchar(100) NOT NULL,
	"resource" varchar(50) NOT NULL,
	"action" varchar(50) NOT NULL,
	"description" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "uq_permissions_resource_action" UNIQUE("resource","action")
);
--> statement-breakpoint
CREATE TABLE "identity"."roles" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"name" varchar(100) NOT NULL,
	"description" text,
	"role_type" "roletype" NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"is_system_role" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "identity"."role_permissions" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"role_id" uuid NOT NULL,
	"permission_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "uq_role_permissions" UNIQUE("role_id","permission_id")
);
--> statement-breakpoint
CREATE TABLE "identity"."user_roles" (
	"user_id" uuid,
	"role_id" uuid,
	"assigned_at" timestamp with time zone DEFAULT now() NOT NULL,
	"assigned_by" uuid,
	CONSTRAINT "user_roles_pkey" PRIMARY KEY("user_id","role_id")
);
--> statement-breakpoint
CREATE TABLE "identity"."stations" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"name" varchar(100) NOT NULL,
	"code" varchar(20) NOT NULL CONSTRAINT "unique_station_code" UNIQUE,
	"display_name" varchar(200) NOT NULL,
	"email" varchar(255),
	"phone" varchar(50),
	"address" text,
	"city" varchar(100),
	"state" varchar(50),
	"postal_code" varchar(20),
	"country" varchar(100) DEFAULT 'US' NOT NULL,
	"timezone" varchar(50) DEFAULT 'America/New_York' NOT NULL,
	"status" varchar(20) DEFAULT 'active' NOT NULL,
	"settings" jsonb DEFAULT '{}' NOT NULL,
	"business_hours" jsonb,
	"service_area_radius" integer,
	"max_concurrent_bookings" integer DEFAULT 10 NOT NULL,
	"booking_lead_time_hours" integer DEFAULT 24 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "station_lead_time_non_negative" CHECK ("booking_lead_time_hours" >= 0),
	CONSTRAINT "station_max_bookings_positive" CHECK ("max_concurrent_bookings" > 0),
	CONSTRAINT "station_status_valid" CHECK ("status"::text = ANY ((ARRAY['active'::character varying, 'inactive'::character varying, 'suspended'::character varying, 'maintenance'::character varying])::text[]))
);
--> statement-breakpoint
CREATE TABLE "identity"."station_access_tokens" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"user_id" uuid NOT NULL,
	"station_id" uuid NOT NULL,
	"session_id" uuid,
	"token_hash" varchar(100) NOT NULL CONSTRAINT "unique_station_token_hash" UNIQUE,
	"jwt_id" varchar(36) NOT NULL CONSTRAINT "unique_station_jwt_id" UNIQUE,
	"role" varchar(30) NOT NULL,
	"permissions" jsonb DEFAULT '[]' NOT NULL,
	"scope" varchar(500),
	"issued_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"is_revoked" boolean DEFAULT false NOT NULL,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "identity"."station_audit_logs" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"station_id" uuid NOT NULL,
	"user_id" uuid,
	"session_id" uuid,
	"action" varchar(50) NOT NULL,
	"resource_type" varchar(50),
	"resource_id" varchar(50),
	"user_role" varchar(30),
	"permissions_used" jsonb,
	"ip_address" varchar(45),
	"user_agent" text,
	"details" jsonb DEFAULT '{}' NOT NULL,
	"success" boolean NOT NULL,
	"error_message" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "identity"."station_users" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"user_id" uuid NOT NULL,
	"station_id" uuid NOT NULL,
	"role" varchar(30) DEFAULT 'customer_support' NOT NULL,
	"additional_permissions" jsonb DEFAULT '[]' NOT NULL,
	"assigned_by" uuid,
	"assigned_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	"is_active" boolean DEFAULT true NOT NULL,
	"is_primary_station" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "unique_user_station" UNIQUE("user_id","station_id"),
	CONSTRAINT "station_user_role_valid" CHECK ("role"::text = ANY ((ARRAY['super_admin'::character varying, 'admin'::character varying, 'station_admin'::character varying, 'customer_support'::character varying])::text[]))
);
--> statement-breakpoint
CREATE TABLE "identity"."users" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"email" varchar(255) NOT NULL CONSTRAINT "users_email_key" UNIQUE,
	"password_hash" varchar(255),
	"first_name" varchar(100),
	"last_name" varchar(100),
	"phone" varchar(20),
	"avatar_url" varchar(500),
	"auth_provider" "authprovider" DEFAULT 'email'::"authprovider" NOT NULL,
	"google_id" varchar(255) CONSTRAINT "users_google_id_key" UNIQUE,
	"status" "userstatus" DEFAULT 'pending'::"userstatus" NOT NULL,
	"is_super_admin" boolean DEFAULT false NOT NULL,
	"is_email_verified" boolean DEFAULT false NOT NULL,
	"mfa_enabled" boolean DEFAULT false NOT NULL,
	"failed_login_attempts" integer DEFAULT 0 NOT NULL,
	"locked_until" timestamp with time zone,
	"user_metadata" jsonb DEFAULT '{}' NOT NULL,
	"last_login_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pricing_tiers" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"tier_level" "pricing_tier_level" NOT NULL,
	"name" varchar(200) NOT NULL,
	"description" text,
	"price_per_person" numeric(10,2) NOT NULL,
	"min_guests" integer NOT NULL,
	"max_proteins" integer DEFAULT 2 NOT NULL,
	"includes_appetizers" boolean DEFAULT false NOT NULL,
	"includes_noodles" boolean DEFAULT false NOT NULL,
	"includes_extended_show" boolean DEFAULT false NOT NULL,
	"features" text[],
	"is_popular" boolean DEFAULT false NOT NULL,
	"is_active" boolean DEFAULT true NOT NULL,
	"display_order" integer DEFAULT 0 NOT NULL,
	"station_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "check_min_guests_positive" CHECK ("min_guests" > 0),
	CONSTRAINT "check_price_per_person_positive" CHECK ("price_per_person" >= 0)
);
--> statement-breakpoint
CREATE TABLE "social_accounts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"platform" varchar(50) NOT NULL,
	"page_id" varchar(255) NOT NULL,
	"page_name" varchar(255) NOT NULL,
	"handle" varchar(100),
	"profile_url" text,
	"avatar_url" text,
	"connected_by" uuid NOT NULL,
	"connected_at" timestamp with time zone DEFAULT now() NOT NULL,
	"token_ref" text,
	"webhook_verified" boolean DEFAULT false NOT NULL,
	"last_sync_at" timestamp with time zone,
	"is_active" boolean DEFAULT true NOT NULL,
	"platform_metadata" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "social_identities" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"platform" varchar(50) NOT NULL,
	"handle" varchar(100) NOT NULL,
	"display_name" varchar(255),
	"profile_url" text,
	"avatar_url" text,
	"customer_id" uuid,
	"confidence_score" double precision DEFAULT 1.0 NOT NULL,
	"verification_status" varchar(50) DEFAULT 'unverified' NOT NULL,
	"first_seen_at" timestamp with time zone DEFAULT now() NOT NULL,
	"last_active_at" timestamp with time zone,
	"platform_metadata" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "leads" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"source" "lead_source" NOT NULL,
	"utm_source" varchar(100),
	"utm_medium" varchar(100),
	"utm_campaign" varchar(100),
	"status" "lead_status" DEFAULT 'new'::"lead_status" NOT NULL,
	"quality" "lead_quality",
	"score" numeric(5,2) DEFAULT 0 NOT NULL,
	"assigned_to" varchar(100),
	"customer_id" uuid,
	"last_contact_date" timestamp with time zone,
	"follow_up_date" timestamp with time zone,
	"conversion_date" timestamp with time zone,
	"lost_reason" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"deleted_at" timestamp with time zone,
	CONSTRAINT "check_lead_score_range" CHECK ("score" >= 0 AND "score" <= 100)
);
--> statement-breakpoint
CREATE TABLE "lead_contacts" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"lead_id" uuid NOT NULL,
	"channel" "contact_channel" NOT NULL,
	"handle_or_address" text NOT NULL,
	"verified" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lead_context" (
	"lead_id" uuid PRIMARY KEY,
	"party_size_adults" integer,
	"party_size_kids" integer,
	"estimated_budget_cents" integer,
	"event_date_pref" date,
	"event_date_range_start" date,
	"event_date_range_end" date,
	"zip_code" varchar(10),
	"service_type" varchar(50),
	"notes" text,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "lead_events" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"lead_id" uuid NOT NULL,
	"type" varchar(50) NOT NULL,
	"payload" jsonb,
	"occurred_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "social_threads" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"platform" "social_platform" NOT NULL,
	"account_id" varchar(100) NOT NULL,
	"thread_ref" varchar(255) NOT NULL,
	"lead_id" uuid,
	"customer_id" uuid,
	"status" "social_thread_status" DEFAULT 'open'::"social_thread_status" NOT NULL,
	"last_message_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "campaigns" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"name" varchar(200) NOT NULL,
	"channel" "campaign_channel" NOT NULL,
	"subject" text,
	"content" jsonb NOT NULL,
	"segment_filter" jsonb,
	"scheduled_at" timestamp with time zone,
	"sent_at" timestamp with time zone,
	"status" "campaign_status" DEFAULT 'draft'::"campaign_status" NOT NULL,
	"total_recipients" integer DEFAULT 0 NOT NULL,
	"created_by" varchar(100) NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "campaign_events" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"campaign_id" uuid NOT NULL,
	"subscriber_id" uuid NOT NULL,
	"type" "campaign_event_type" NOT NULL,
	"payload" jsonb,
	"occurred_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "campaign_sms_limits" (
	"campaign_id" uuid PRIMARY KEY,
	"monthly_sms_limit" integer DEFAULT 1000 NOT NULL,
	"monthly_sms_used" integer DEFAULT 0 NOT NULL,
	"current_month" varchar(7) NOT NULL,
	"campaign_sms_limit" integer,
	"campaign_sms_sent" integer DEFAULT 0 NOT NULL,
	"campaign_sms_queued" integer DEFAULT 0 NOT NULL,
	"campaign_sms_failed" integer DEFAULT 0 NOT NULL,
	"cost_per_sms_cents" integer DEFAULT 75 NOT NULL,
	"total_cost_cents" integer DEFAULT 0 NOT NULL,
	"monthly_limit_exceeded_at" timestamp with time zone,
	"campaign_limit_exceeded_at" timestamp with time zone,
	"limit_exceeded_action" varchar(50) DEFAULT 'pause' NOT NULL,
	"alert_at_percentage" integer DEFAULT 80 NOT NULL,
	"alert_sent_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sms_delivery_events" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"campaign_event_id" uuid NOT NULL,
	"ringcentral_message_id" varchar(255) NOT NULL,
	"status" "sms_delivery_status" DEFAULT 'queued'::"sms_delivery_status" NOT NULL,
	"delivery_timestamp" timestamp with time zone,
	"failure_reason" text,
	"carrier_error_code" varchar(50),
	"segments_used" integer DEFAULT 1 NOT NULL,
	"cost_cents" integer,
	"ringcentral_metadata" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sms_send_queue" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"campaign_id" uuid NOT NULL,
	"subscriber_id" uuid NOT NULL,
	"template_id" uuid,
	"phone_number" varchar(20) NOT NULL,
	"message_content" text NOT NULL,
	"personalized_variables" jsonb DEFAULT '{}' NOT NULL,
	"status" "sms_queue_status" DEFAULT 'pending'::"sms_queue_status" NOT NULL,
	"priority" integer DEFAULT 0 NOT NULL,
	"scheduled_at" timestamp with time zone DEFAULT now() NOT NULL,
	"sent_at" timestamp with time zone,
	"failed_at" timestamp with time zone,
	"attempts" integer DEFAULT 0 NOT NULL,
	"max_attempts" integer DEFAULT 3 NOT NULL,
	"next_retry_at" timestamp with time zone,
	"last_error" text,
	"error_code" varchar(50),
	"message_sid" varchar(100) CONSTRAINT "sms_send_queue_message_sid_key" UNIQUE,
	"ringcentral_status" varchar(50),
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sms_templates" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"name" varchar(100) NOT NULL,
	"content" text NOT NULL,
	"category" varchar(50) NOT NULL,
	"source" "template_source" DEFAULT 'admin'::"template_source" NOT NULL,
	"status" "template_status" DEFAULT 'draft'::"template_status" NOT NULL,
	"variables" jsonb DEFAULT '[]' NOT NULL,
	"example_data" jsonb DEFAULT '{}' NOT NULL,
	"ai_prompt" text,
	"ai_confidence" double precision,
	"ai_model" varchar(50),
	"created_by" uuid,
	"approved_by" uuid,
	"approved_at" timestamp with time zone,
	"rejection_reason" text,
	"usage_count" integer DEFAULT 0 NOT NULL,
	"last_used_at" timestamp with time zone,
	"is_active" boolean DEFAULT true NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "subscribers" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"customer_id" uuid,
	"email_enc" bytea NOT NULL,
	"phone_enc" bytea,
	"subscribed" boolean DEFAULT true NOT NULL,
	"source" varchar(50),
	"sms_consent" boolean DEFAULT false NOT NULL,
	"email_consent" boolean DEFAULT true NOT NULL,
	"consent_updated_at" timestamp with time zone,
	"consent_ip_address" varchar(45),
	"tags" varchar(50)[],
	"engagement_score" integer DEFAULT 0 NOT NULL,
	"total_emails_sent" integer DEFAULT 0 NOT NULL,
	"total_emails_opened" integer DEFAULT 0 NOT NULL,
	"total_clicks" integer DEFAULT 0 NOT NULL,
	"last_email_sent_date" timestamp with time zone,
	"last_opened_date" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"unsubscribed_at" timestamp with time zone,
	CONSTRAINT "check_engagement_score_range" CHECK ("engagement_score" >= 0 AND "engagement_score" <= 100)
);
--> statement-breakpoint
CREATE TABLE "ai_conversations" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"customer_id" uuid,
	"user_id" varchar(255),
	"channel" "ai_channel" NOT NULL,
	"status" "ai_conversation_status" DEFAULT 'active'::"ai_conversation_status" NOT NULL,
	"channel_metadata" jsonb DEFAULT '{}' NOT NULL,
	"context" jsonb DEFAULT '{}' NOT NULL,
	"message_count" integer DEFAULT 0 NOT NULL,
	"confidence_score" numeric(4,3),
	"escalated" boolean DEFAULT false NOT NULL,
	"escalated_at" timestamp with time zone,
	"escalation_reason" text,
	"assigned_agent_id" uuid,
	"last_message_at" timestamp with time zone,
	"closed_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "check_ai_confidence_range" CHECK ("confidence_score" >= 0 AND "confidence_score" <= 1)
);
--> statement-breakpoint
CREATE TABLE "ai_messages" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"conversation_id" uuid NOT NULL,
	"role" "ai_message_role" NOT NULL,
	"content" text NOT NULL,
	"model_used" varchar(100),
	"input_tokens" integer,
	"output_tokens" integer,
	"cost_usd" numeric(12,6),
	"processing_time_ms" integer,
	"tool_calls" jsonb,
	"human_feedback" varchar(20),
	"message_metadata" jsonb DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "call_recordings" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"escalation_id" uuid,
	"last_accessed_by_id" uuid,
	"rc_call_id" varchar(255) NOT NULL,
	"rc_recording_id" varchar(255) NOT NULL CONSTRAINT "call_recordings_rc_recording_id_key" UNIQUE,
	"rc_recording_uri" varchar(500),
	"recording_type" "recording_type" DEFAULT 'inbound'::"recording_type" NOT NULL,
	"status" "recording_status" DEFAULT 'pending'::"recording_status" NOT NULL,
	"call_started_at" timestamp with time zone NOT NULL,
	"duration_seconds" integer,
	"file_size_bytes" bigint,
	"content_type" varchar(50),
	"s3_bucket" varchar(255),
	"s3_key" varchar(500),
	"s3_uri" varchar(1000),
	"retention_days" integer DEFAULT 90 NOT NULL,
	"delete_after" timestamp with time zone,
	"downloaded_at" timestamp with time zone,
	"archived_at" timestamp with time zone,
	"deleted_at" timestamp with time zone,
	"download_attempts" integer DEFAULT 0 NOT NULL,
	"error_message" text,
	"accessed_count" integer DEFAULT 0 NOT NULL,
	"last_accessed_at" timestamp with time zone,
	"recording_metadata" jsonb DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "email_messages" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"message_id" varchar(500) NOT NULL CONSTRAINT "email_messages_message_id_key" UNIQUE,
	"imap_uid" integer,
	"thread_id" varchar(500),
	"inbox" varchar(100) NOT NULL,
	"folder" varchar(200) DEFAULT 'INBOX' NOT NULL,
	"subject" varchar(1000),
	"from_address" varchar(500) NOT NULL,
	"from_name" varchar(500),
	"to_addresses" jsonb DEFAULT '[]' NOT NULL,
	"cc_addresses" jsonb DEFAULT '[]' NOT NULL,
	"bcc_addresses" jsonb DEFAULT '[]' NOT NULL,
	"reply_to" varchar(500),
	"text_body" text,
	"html_body" text,
	"received_at" timestamp with time zone NOT NULL,
	"sent_at" timestamp with time zone,
	"is_read" boolean DEFAULT false NOT NULL,
	"is_starred" boolean DEFAULT false NOT NULL,
	"is_archived" boolean DEFAULT false NOT NULL,
	"is_spam" boolean DEFAULT false NOT NULL,
	"is_draft" boolean DEFAULT false NOT NULL,
	"is_sent" boolean DEFAULT false NOT NULL,
	"has_attachments" boolean DEFAULT false NOT NULL,
	"attachments" jsonb DEFAULT '[]' NOT NULL,
	"labels" jsonb DEFAULT '[]' NOT NULL,
	"raw_headers" jsonb DEFAULT '{}' NOT NULL,
	"last_synced_at" timestamp with time zone,
	"sync_error" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "email_threads" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"thread_id" varchar(500) NOT NULL CONSTRAINT "email_threads_thread_id_key" UNIQUE,
	"inbox" varchar(100) NOT NULL,
	"subject" varchar(1000),
	"participants" jsonb DEFAULT '[]' NOT NULL,
	"message_count" integer DEFAULT 0 NOT NULL,
	"unread_count" integer DEFAULT 0 NOT NULL,
	"first_message_at" timestamp with time zone,
	"last_message_at" timestamp with time zone,
	"is_read" boolean DEFAULT false NOT NULL,
	"is_starred" boolean DEFAULT false NOT NULL,
	"is_archived" boolean DEFAULT false NOT NULL,
	"has_attachments" boolean DEFAULT false NOT NULL,
	"labels" jsonb DEFAULT '[]' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "escalations" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	"assigned_to_id" uuid,
	"conversation_id" varchar(255) NOT NULL,
	"customer_name" varchar(255) NOT NULL,
	"customer_phone" varchar(20) NOT NULL,
	"customer_email" varchar(255),
	"reason" text NOT NULL,
	"priority" "escalation_priority" DEFAULT 'medium'::"escalation_priority" NOT NULL,
	"method" "escalation_method" DEFAULT 'phone'::"escalation_method" NOT NULL,
	"status" "escalation_status" DEFAULT 'pending'::"escalation_status" NOT NULL,
	"assigned_at" timestamp with time zone,
	"escalated_at" timestamp with time zone,
	"resolved_at" timestamp with time zone,
	"resolution_notes" text,
	"resume_ai_chat" boolean DEFAULT false NOT NULL,
	"last_customer_response_at" timestamp with time zone,
	"sms_sent" boolean DEFAULT false NOT NULL,
	"sms_sent_at" timestamp with time zone,
	"call_initiated" boolean DEFAULT false NOT NULL,
	"call_initiated_at" timestamp with time zone,
	"error_message" text,
	"retry_count" integer DEFAULT 0 NOT NULL,
	"escalation_metadata" jsonb DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "idx_bookings_chef_id" ON "bookings" ("chef_id");--> statement-breakpoint
CREATE INDEX "idx_bookings_created_at" ON "bookings" ("created_at");--> statement-breakpoint
CREATE INDEX "idx_bookings_customer_id" ON "bookings" ("customer_id");--> statement-breakpoint
CREATE INDEX "idx_bookings_event_date" ON "bookings" ("event_date");--> statement-breakpoint
CREATE INDEX "idx_bookings_station_id" ON "bookings" ("station_id");--> statement-breakpoint
CREATE INDEX "idx_bookings_status" ON "bookings" ("status");--> statement-breakpoint
CREATE INDEX "idx_chefs_active" ON "chefs" ("is_active");--> statement-breakpoint
CREATE INDEX "idx_chefs_email" ON "chefs" ("email");--> statement-breakpoint
CREATE INDEX "idx_chefs_phone" ON "chefs" ("phone");--> statement-breakpoint
CREATE UNIQUE INDEX "ix_chefs_email" ON "chefs" ("email");--> statement-breakpoint
CREATE INDEX "idx_customers_created_at" ON "customers" ("created_at");--> statement-breakpoint
CREATE INDEX "idx_customers_email" ON "customers" ("email");--> statement-breakpoint
CREATE INDEX "idx_customers_phone" ON "customers" ("phone");--> statement-breakpoint
CREATE INDEX "idx_customers_station_id" ON "customers" ("station_id");--> statement-breakpoint
CREATE INDEX "idx_messages_created_at" ON "messages" ("created_at");--> statement-breakpoint
CREATE INDEX "idx_messages_thread_id" ON "messages" ("thread_id");--> statement-breakpoint
CREATE INDEX "idx_message_threads_created_at" ON "message_threads" ("created_at");--> statement-breakpoint
CREATE INDEX "idx_message_threads_customer_id" ON "message_threads" ("customer_id");--> statement-breakpoint
CREATE INDEX "idx_message_threads_station_id" ON "message_threads" ("station_id");--> statement-breakpoint
CREATE INDEX "idx_message_threads_status" ON "message_threads" ("status");--> statement-breakpoint
CREATE INDEX "idx_customer_reviews_booking_id" ON "customer_reviews" ("booking_id");--> statement-breakpoint
CREATE INDEX "idx_customer_reviews_created_at" ON "customer_reviews" ("created_at");--> statement-breakpoint
CREATE INDEX "idx_customer_reviews_customer_id" ON "customer_reviews" ("customer_id");--> statement-breakpoint
CREATE INDEX "idx_customer_reviews_rating" ON "customer_reviews" ("rating");--> statement-breakpoint
CREATE INDEX "idx_customer_reviews_status" ON "customer_reviews" ("status");--> statement-breakpoint
CREATE INDEX "idx_review_escalations_assigned_to_id" ON "review_escalations" ("assigned_to_id");--> statement-breakpoint
CREATE INDEX "idx_review_escalations_is_resolved" ON "review_escalations" ("is_resolved");--> statement-breakpoint
CREATE INDEX "idx_review_escalations_review_id" ON "review_escalations" ("review_id");--> statement-breakpoint
CREATE INDEX "ix_customer_review_blog_posts_customer_id" ON "customer_review_blog_posts" ("customer_id");--> statement-breakpoint
CREATE INDEX "ix_customer_review_blog_posts_status" ON "customer_review_blog_posts" ("status");--> statement-breakpoint
CREATE INDEX "ix_review_approval_log_admin_id" ON "review_approval_log" ("admin_id");--> statement-breakpoint
CREATE INDEX "ix_review_approval_log_created_at" ON "review_approval_log" ("created_at");--> statement-breakpoint
CREATE INDEX "ix_review_approval_log_review_id" ON "review_approval_log" ("review_id");--> statement-breakpoint
CREATE INDEX "idx_discount_coupons_code" ON "discount_coupons" ("code");--> statement-breakpoint
CREATE INDEX "idx_discount_coupons_status" ON "discount_coupons" ("status");--> statement-breakpoint
CREATE INDEX "idx_discount_coupons_valid_from" ON "discount_coupons" ("valid_from");--> statement-breakpoint
CREATE INDEX "idx_discount_coupons_valid_until" ON "discount_coupons" ("valid_until");--> statement-breakpoint
CREATE UNIQUE INDEX "ix_discount_coupons_code" ON "discount_coupons" ("code");--> statement-breakpoint
CREATE INDEX "idx_qr_codes_active" ON "qr_codes" ("is_active");--> statement-breakpoint
CREATE INDEX "idx_qr_codes_code" ON "qr_codes" ("code");--> statement-breakpoint
CREATE INDEX "idx_qr_codes_type" ON "qr_codes" ("type");--> statement-breakpoint
CREATE UNIQUE INDEX "ix_qr_codes_code" ON "qr_codes" ("code");--> statement-breakpoint
CREATE INDEX "idx_qr_scans_qr_code_id" ON "qr_scans" ("qr_code_id");--> statement-breakpoint
CREATE INDEX "idx_qr_scans_scanned_at" ON "qr_scans" ("scanned_at");--> statement-breakpoint
CREATE INDEX "idx_social_accounts_provider" ON "identity"."social_accounts" ("provider");--> statement-breakpoint
CREATE INDEX "idx_social_accounts_user_id" ON "identity"."social_accounts" ("user_id");--> statement-breakpoint
CREATE INDEX "idx_roles_active" ON "identity"."roles" ("is_active");--> statement-breakpoint
CREATE INDEX "idx_roles_name" ON "identity"."roles" ("name");--> statement-breakpoint
CREATE INDEX "idx_roles_role_type" ON "identity"."roles" ("role_type");--> statement-breakpoint
CREATE UNIQUE INDEX "ix_roles_name" ON "identity"."roles" ("name");--> statement-breakpoint
CREATE INDEX "idx_role_permissions_permission_id" ON "identity"."role_permissions" ("permission_id");--> statement-breakpoint
CREATE INDEX "idx_role_permissions_role_id" ON "identity"."role_permissions" ("role_id");--> statement-breakpoint
CREATE INDEX "idx_station_status" ON "identity"."stations" ("status");--> statement-breakpoint
CREATE INDEX "idx_station_token_expires" ON "identity"."station_access_tokens" ("expires_at");--> statement-breakpoint
CREATE INDEX "idx_station_token_revoked" ON "identity"."station_access_tokens" ("is_revoked");--> statement-breakpoint
CREATE INDEX "idx_station_token_user_station" ON "identity"."station_access_tokens" ("user_id","station_id");--> statement-breakpoint
CREATE INDEX "idx_station_audit_created" ON "identity"."station_audit_logs" ("created_at");--> statement-breakpoint
CREATE INDEX "idx_station_audit_resource" ON "identity"."station_audit_logs" ("station_id","resource_type","resource_id");--> statement-breakpoint
CREATE INDEX "idx_station_audit_user_action" ON "identity"."station_audit_logs" ("station_id","user_id","action");--> statement-breakpoint
CREATE INDEX "idx_station_user_active" ON "identity"."station_users" ("user_id","station_id","is_active");--> statement-breakpoint
CREATE INDEX "idx_station_user_primary" ON "identity"."station_users" ("user_id","is_primary_station");--> statement-breakpoint
CREATE INDEX "idx_station_users_station_id" ON "identity"."station_users" ("station_id");--> statement-breakpoint
CREATE INDEX "idx_users_created_at" ON "identity"."users" ("created_at");--> statement-breakpoint
CREATE INDEX "idx_users_status" ON "identity"."users" ("status");--> statement-breakpoint
CREATE INDEX "idx_pricing_tiers_lookup" ON "pricing_tiers" ("tier_level","is_active","display_order");--> statement-breakpoint
CREATE INDEX "idx_pricing_tiers_station" ON "pricing_tiers" ("station_id");--> statement-breakpoint
CREATE INDEX "ix_social_accounts_is_active" ON "social_accounts" ("is_active");--> statement-breakpoint
CREATE INDEX "ix_social_accounts_platform" ON "social_accounts" ("platform");--> statement-breakpoint
CREATE UNIQUE INDEX "ix_social_accounts_platform_page_id" ON "social_accounts" ("platform","page_id");--> statement-breakpoint
CREATE INDEX "ix_social_identities_customer_id" ON "social_identities" ("customer_id");--> statement-breakpoint
CREATE INDEX "ix_social_identities_platform" ON "social_identities" ("platform");--> statement-breakpoint
CREATE UNIQUE INDEX "ix_social_identities_platform_handle" ON "social_identities" ("platform","handle");--> statement-breakpoint
CREATE INDEX "ix_leads_customer" ON "leads" ("customer_id");--> statement-breakpoint
CREATE INDEX "ix_leads_followup" ON "leads" ("follow_up_date");--> statement-breakpoint
CREATE INDEX "ix_leads_score" ON "leads" ("score");--> statement-breakpoint
CREATE INDEX "ix_leads_source" ON "leads" ("source");--> statement-breakpoint
CREATE INDEX "ix_leads_status" ON "leads" ("status");--> statement-breakpoint
CREATE INDEX "ix_contacts_channel" ON "lead_contacts" ("channel","handle_or_address");--> statement-breakpoint
CREATE INDEX "ix_contacts_lead" ON "lead_contacts" ("lead_id");--> statement-breakpoint
CREATE INDEX "ix_events_lead" ON "lead_events" ("lead_id","occurred_at");--> statement-breakpoint
CREATE INDEX "ix_social_threads_customer" ON "social_threads" ("customer_id");--> statement-breakpoint
CREATE INDEX "ix_social_threads_lead" ON "social_threads" ("lead_id");--> statement-breakpoint
CREATE UNIQUE INDEX "ix_social_threads_platform" ON "social_threads" ("platform","thread_ref");--> statement-breakpoint
CREATE INDEX "ix_campaigns_sent" ON "campaigns" ("sent_at");--> statement-breakpoint
CREATE INDEX "ix_campaigns_status" ON "campaigns" ("status");--> statement-breakpoint
CREATE INDEX "ix_events_campaign" ON "campaign_events" ("campaign_id","type");--> statement-breakpoint
CREATE INDEX "ix_events_subscriber" ON "campaign_events" ("subscriber_id","occurred_at");--> statement-breakpoint
CREATE INDEX "idx_campaign_sms_limits_exceeded" ON "campaign_sms_limits" ("monthly_limit_exceeded_at");--> statement-breakpoint
CREATE INDEX "idx_campaign_sms_limits_month" ON "campaign_sms_limits" ("current_month");--> statement-breakpoint
CREATE INDEX "ix_sms_delivery_campaign_event" ON "sms_delivery_events" ("campaign_event_id");--> statement-breakpoint
CREATE UNIQUE INDEX "ix_sms_delivery_ringcentral_msg_id" ON "sms_delivery_events" ("ringcentral_message_id");--> statement-breakpoint
CREATE INDEX "ix_sms_delivery_status" ON "sms_delivery_events" ("status");--> statement-breakpoint
CREATE INDEX "ix_sms_delivery_timestamp" ON "sms_delivery_events" ("delivery_timestamp");--> statement-breakpoint
CREATE INDEX "idx_sms_queue_pending" ON "sms_send_queue" ("status","scheduled_at");--> statement-breakpoint
CREATE INDEX "idx_sms_queue_priority" ON "sms_send_queue" ("priority","scheduled_at");--> statement-breakpoint
CREATE INDEX "idx_sms_queue_retry" ON "sms_send_queue" ("status","next_retry_at");--> statement-breakpoint
CREATE INDEX "ix_sms_send_queue_campaign_id" ON "sms_send_queue" ("campaign_id");--> statement-breakpoint
CREATE INDEX "ix_sms_send_queue_phone_number" ON "sms_send_queue" ("phone_number");--> statement-breakpoint
CREATE INDEX "ix_sms_send_queue_scheduled_at" ON "sms_send_queue" ("scheduled_at");--> statement-breakpoint
CREATE INDEX "ix_sms_send_queue_status" ON "sms_send_queue" ("status");--> statement-breakpoint
CREATE INDEX "ix_sms_send_queue_subscriber_id" ON "sms_send_queue" ("subscriber_id");--> statement-breakpoint
CREATE INDEX "idx_sms_templates_active" ON "sms_templates" ("is_active");--> statement-breakpoint
CREATE INDEX "idx_sms_templates_category" ON "sms_templates" ("category");--> statement-breakpoint
CREATE INDEX "idx_sms_templates_source" ON "sms_templates" ("source");--> statement-breakpoint
CREATE INDEX "idx_sms_templates_status" ON "sms_templates" ("status");--> statement-breakpoint
CREATE INDEX "ix_subscribers_customer" ON "subscribers" ("customer_id");--> statement-breakpoint
CREATE INDEX "ix_subscribers_engagement" ON "subscribers" ("engagement_score");--> statement-breakpoint
CREATE INDEX "ix_subscribers_subscribed" ON "subscribers" ("subscribed");--> statement-breakpoint
CREATE INDEX "idx_ai_conversations_channel_status" ON "ai_conversations" ("channel","status");--> statement-breakpoint
CREATE INDEX "idx_ai_conversations_customer" ON "ai_conversations" ("customer_id");--> statement-breakpoint
CREATE INDEX "idx_ai_conversations_last_message" ON "ai_conversations" ("last_message_at");--> statement-breakpoint
CREATE INDEX "idx_ai_messages_conversation_created" ON "ai_messages" ("conversation_id","created_at");--> statement-breakpoint
CREATE INDEX "idx_ai_messages_model_created" ON "ai_messages" ("model_used","created_at");--> statement-breakpoint
CREATE INDEX "idx_call_recordings_call_started_at" ON "call_recordings" ("call_started_at");--> statement-breakpoint
CREATE INDEX "idx_call_recordings_date_status" ON "call_recordings" ("call_started_at","status");--> statement-breakpoint
CREATE INDEX "idx_call_recordings_delete_after" ON "call_recordings" ("delete_after");--> statement-breakpoint
CREATE INDEX "idx_call_recordings_escalation_id" ON "call_recordings" ("escalation_id");--> statement-breakpoint
CREATE INDEX "idx_call_recordings_rc_call_id" ON "call_recordings" ("rc_call_id");--> statement-breakpoint
CREATE INDEX "idx_call_recordings_status" ON "call_recordings" ("status");--> statement-breakpoint
CREATE UNIQUE INDEX "ix_call_recordings_rc_call_id" ON "call_recordings" ("rc_call_id");--> statement-breakpoint
CREATE INDEX "idx_email_messages_from_received" ON "email_messages" ("from_address","received_at");--> statement-breakpoint
CREATE INDEX "idx_email_messages_inbox_received" ON "email_messages" ("inbox","received_at");--> statement-breakpoint
CREATE INDEX "idx_email_messages_thread_received" ON "email_messages" ("thread_id","received_at");--> statement-breakpoint
CREATE INDEX "idx_email_threads_inbox_last_message" ON "email_threads" ("inbox","last_message_at");--> statement-breakpoint
CREATE INDEX "idx_email_threads_inbox_read_archived" ON "email_threads" ("inbox","is_read","is_archived");--> statement-breakpoint
CREATE INDEX "idx_escalations_assigned_status" ON "escalations" ("assigned_to_id","status");--> statement-breakpoint
CREATE INDEX "idx_escalations_assigned_to_id" ON "escalations" ("assigned_to_id");--> statement-breakpoint
CREATE INDEX "idx_escalations_conversation_id" ON "escalations" ("conversation_id");--> statement-breakpoint
CREATE INDEX "idx_escalations_created_at" ON "escalations" ("created_at");--> statement-breakpoint
CREATE INDEX "idx_escalations_customer_phone" ON "escalations" ("customer_phone");--> statement-breakpoint
CREATE INDEX "idx_escalations_status" ON "escalations" ("status");--> statement-breakpoint
CREATE INDEX "idx_escalations_status_priority" ON "escalations" ("status","priority");--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_chef_id_fkey" FOREIGN KEY ("chef_id") REFERENCES "chefs"("id");--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id");--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_pricing_tier_id_fkey" FOREIGN KEY ("pricing_tier_id") REFERENCES "pricing_tiers"("id");--> statement-breakpoint
ALTER TABLE "bookings" ADD CONSTRAINT "bookings_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id");--> statement-breakpoint
ALTER TABLE "customers" ADD CONSTRAINT "customers_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id");--> statement-breakpoint
ALTER TABLE "messages" ADD CONSTRAINT "messages_thread_id_fkey" FOREIGN KEY ("thread_id") REFERENCES "message_threads"("id");--> statement-breakpoint
ALTER TABLE "message_threads" ADD CONSTRAINT "message_threads_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id");--> statement-breakpoint
ALTER TABLE "message_threads" ADD CONSTRAINT "message_threads_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id");--> statement-breakpoint
ALTER TABLE "customer_reviews" ADD CONSTRAINT "customer_reviews_booking_id_fkey" FOREIGN KEY ("booking_id") REFERENCES "bookings"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "customer_reviews" ADD CONSTRAINT "customer_reviews_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "customer_reviews" ADD CONSTRAINT "customer_reviews_moderated_by_id_fkey" FOREIGN KEY ("moderated_by_id") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "review_escalations" ADD CONSTRAINT "review_escalations_assigned_to_id_fkey" FOREIGN KEY ("assigned_to_id") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "review_escalations" ADD CONSTRAINT "review_escalations_review_id_fkey" FOREIGN KEY ("review_id") REFERENCES "customer_reviews"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "customer_review_blog_posts" ADD CONSTRAINT "customer_review_blog_posts_approved_by_fkey" FOREIGN KEY ("approved_by") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "customer_review_blog_posts" ADD CONSTRAINT "customer_review_blog_posts_booking_id_fkey" FOREIGN KEY ("booking_id") REFERENCES "bookings"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "customer_review_blog_posts" ADD CONSTRAINT "customer_review_blog_posts_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "review_approval_log" ADD CONSTRAINT "review_approval_log_admin_id_fkey" FOREIGN KEY ("admin_id") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "review_approval_log" ADD CONSTRAINT "review_approval_log_review_id_fkey" FOREIGN KEY ("review_id") REFERENCES "customer_review_blog_posts"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "qr_scans" ADD CONSTRAINT "qr_scans_qr_code_id_fkey" FOREIGN KEY ("qr_code_id") REFERENCES "qr_codes"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "identity"."social_accounts" ADD CONSTRAINT "social_accounts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id");--> statement-breakpoint
ALTER TABLE "identity"."role_permissions" ADD CONSTRAINT "role_permissions_permission_id_fkey" FOREIGN KEY ("permission_id") REFERENCES "identity"."permissions"("id");--> statement-breakpoint
ALTER TABLE "identity"."role_permissions" ADD CONSTRAINT "role_permissions_role_id_fkey" FOREIGN KEY ("role_id") REFERENCES "identity"."roles"("id");--> statement-breakpoint
ALTER TABLE "identity"."user_roles" ADD CONSTRAINT "user_roles_assigned_by_fkey" FOREIGN KEY ("assigned_by") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "identity"."user_roles" ADD CONSTRAINT "user_roles_role_id_fkey" FOREIGN KEY ("role_id") REFERENCES "identity"."roles"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "identity"."user_roles" ADD CONSTRAINT "user_roles_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "identity"."station_access_tokens" ADD CONSTRAINT "station_access_tokens_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "identity"."station_access_tokens" ADD CONSTRAINT "station_access_tokens_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "identity"."station_audit_logs" ADD CONSTRAINT "station_audit_logs_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "identity"."station_audit_logs" ADD CONSTRAINT "station_audit_logs_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "identity"."station_users" ADD CONSTRAINT "station_users_assigned_by_fkey" FOREIGN KEY ("assigned_by") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "identity"."station_users" ADD CONSTRAINT "station_users_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "identity"."station_users" ADD CONSTRAINT "station_users_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "identity"."users"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "pricing_tiers" ADD CONSTRAINT "pricing_tiers_station_id_fkey" FOREIGN KEY ("station_id") REFERENCES "identity"."stations"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "leads" ADD CONSTRAINT "leads_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "lead_contacts" ADD CONSTRAINT "lead_contacts_lead_id_fkey" FOREIGN KEY ("lead_id") REFERENCES "leads"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "lead_context" ADD CONSTRAINT "lead_context_lead_id_fkey" FOREIGN KEY ("lead_id") REFERENCES "leads"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "lead_events" ADD CONSTRAINT "lead_events_lead_id_fkey" FOREIGN KEY ("lead_id") REFERENCES "leads"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "social_threads" ADD CONSTRAINT "social_threads_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "social_threads" ADD CONSTRAINT "social_threads_lead_id_fkey" FOREIGN KEY ("lead_id") REFERENCES "leads"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "campaign_events" ADD CONSTRAINT "campaign_events_campaign_id_fkey" FOREIGN KEY ("campaign_id") REFERENCES "campaigns"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "campaign_events" ADD CONSTRAINT "campaign_events_subscriber_id_fkey" FOREIGN KEY ("subscriber_id") REFERENCES "subscribers"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "campaign_sms_limits" ADD CONSTRAINT "campaign_sms_limits_campaign_id_fkey" FOREIGN KEY ("campaign_id") REFERENCES "campaigns"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "sms_delivery_events" ADD CONSTRAINT "sms_delivery_events_campaign_event_id_fkey" FOREIGN KEY ("campaign_event_id") REFERENCES "campaign_events"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "sms_send_queue" ADD CONSTRAINT "sms_send_queue_campaign_id_fkey" FOREIGN KEY ("campaign_id") REFERENCES "campaigns"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "sms_send_queue" ADD CONSTRAINT "sms_send_queue_subscriber_id_fkey" FOREIGN KEY ("subscriber_id") REFERENCES "subscribers"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "sms_send_queue" ADD CONSTRAINT "sms_send_queue_template_id_fkey" FOREIGN KEY ("template_id") REFERENCES "sms_templates"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "sms_templates" ADD CONSTRAINT "sms_templates_approved_by_fkey" FOREIGN KEY ("approved_by") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "sms_templates" ADD CONSTRAINT "sms_templates_created_by_fkey" FOREIGN KEY ("created_by") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "subscribers" ADD CONSTRAINT "subscribers_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "ai_conversations" ADD CONSTRAINT "ai_conversations_assigned_agent_id_fkey" FOREIGN KEY ("assigned_agent_id") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "ai_conversations" ADD CONSTRAINT "ai_conversations_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customers"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "ai_messages" ADD CONSTRAINT "ai_messages_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "ai_conversations"("id") ON DELETE CASCADE;--> statement-breakpoint
ALTER TABLE "call_recordings" ADD CONSTRAINT "call_recordings_escalation_id_fkey" FOREIGN KEY ("escalation_id") REFERENCES "escalations"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "call_recordings" ADD CONSTRAINT "call_recordings_last_accessed_by_id_fkey" FOREIGN KEY ("last_accessed_by_id") REFERENCES "identity"."users"("id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "email_messages" ADD CONSTRAINT "email_messages_thread_id_fkey" FOREIGN KEY ("thread_id") REFERENCES "email_threads"("thread_id") ON DELETE SET NULL;--> statement-breakpoint
ALTER TABLE "escalations" ADD CONSTRAINT "escalations_assigned_to_id_fkey" FOREIGN KEY ("assigned_to_id") REFERENCES "identity"."users"("id") ON DELETE SET NULL;